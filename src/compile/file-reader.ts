import { closeSync, openSync, readSync } from 'node:fs';
import type { ByteReader } from '../zone/text/window.ts';

/** Reads a file a piece at a time, so that a zone of a hundred megabytes needs no buffer of its size. @throws the system's error when it can't be opened */
export function fileReader(path: string): ByteReader {
  const fd = openSync(path, 'r');
  return {
    read: (into, at) => readSync(fd, into, at, into.length - at, null),
    close: () => closeSync(fd),
  };
}
