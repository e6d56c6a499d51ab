/** The records of a signed zone without what signing makes of them: what the next look is compared with (snapshot.ts). */
import { isMadeBySigning } from '../answer/signature-writer.ts';
import { BLOCK_HEAD, BlockWriter, blockSize, recordSize, recordsAt, typeAt } from './blocks.ts';
import { ImageReader } from './image-file.ts';
import { ZoneContent } from './zone-content.ts';

/** Blocks that are read before others may run. */
const PIECE = 2048;

/** Reads it from the image there is; undefined where that can't be trusted, or is not of a signed zone. */
export async function readUnsigned(
  path: string,
  seed: number,
  breathe: () => Promise<void>,
): Promise<ZoneContent | undefined> {
  const reader = ImageReader.open(path);
  if (reader === undefined) return undefined;
  try {
    const out = new BlockWriter(reader.octets >>> 2);
    for (let seen = 1; !reader.isDone; reader.next()) {
      if (seen++ % PIECE === 0) await breathe();
      strip(out, reader.bytes, reader.at);
    }
    return reader.isWhole ? new ZoneContent(reader.ends.soa, out.view(), out.count, seed) : undefined;
  } finally {
    reader.close();
  }
}

function strip(out: BlockWriter, bytes: Uint8Array, at: number): void {
  out.begin(bytes, at + BLOCK_HEAD, recordsAt(bytes, at));
  const end = at + blockSize(bytes, at);
  for (let p = recordsAt(bytes, at); p < end; p += recordSize(bytes, p))
    if (!isMadeBySigning(typeAt(bytes, p))) out.octetsOf(bytes, p, p + recordSize(bytes, p));
  out.finish();
}
