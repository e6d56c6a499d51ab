/** Entry of the geo worker thread: reads databases and writes maps of clients, one request after another. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Network, World } from '../../steering/model.ts';
import { ClientArena, type ClientBuffers } from '../../tables/arena.ts';
import { clientClasses, TooManyClassesError } from './client-classes.ts';
import { writeClients } from './client-writer.ts';
import { type GeoFileNames, GeoFiles } from './geo-files.ts';

export interface GeoWorkerData {
  readonly arenas: readonly ClientBuffers[];
  readonly files: GeoFileNames;
  /** Nothing is answered yet, so the first request is what everybody waits for. */
  readonly urgent: boolean;
}

/** `refresh`: look for changed files. `network`: write the maps of this network into an arena that is free. */
export type GeoRequest = { readonly id: number } & (
  | { readonly refresh: true }
  | { readonly network: Network; readonly arena: number }
);

export type GeoReply = { readonly id: number } & (
  | { readonly refreshed: { readonly changed: boolean; readonly problems: readonly string[] } }
  | { readonly made: ClientsMade }
  /** The operator's to change. */
  | { readonly refused: string }
  /** A fault of ours. */
  | { readonly failed: string }
);

export interface ClientsMade {
  readonly classes: World['classes'];
  /** Runs of neighbours of one class, of both families. */
  readonly ranges: number;
  readonly octets: number;
  readonly milliseconds: number;
}

const data = workerData as GeoWorkerData;
const arenas = data.arenas.map((buffers) => new ClientArena(buffers));
const files = new GeoFiles(data.files);

if (!data.urgent) giveWay();

parentPort?.on('message', (request: GeoRequest) => {
  parentPort?.postMessage(serve(request));
  if ('network' in request) giveWay();
});

/** Answers come first. */
function giveWay(): void {
  try {
    // On Linux a process id of 0 means this thread alone, which is what is wanted.
    setPriority(0, 10);
  } catch {
    // Not allowed or not known here: then it competes like any other.
  }
}

function serve(request: GeoRequest): GeoReply {
  const { id } = request;
  try {
    if ('refresh' in request) return { id, refreshed: files.refresh() };
    return { id, made: make(request.network, arenas[request.arena]) };
  } catch (error) {
    if (error instanceof TooManyClassesError) return { id, refused: error.message };
    return { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function make(network: Network, arena: ClientArena): ClientsMade {
  const began = performance.now();
  const found = clientClasses(network, files.databases);
  arena.words.refresh();
  const octets = writeClients(arena, found);
  const ranges = found.maps.reduce((sum, { ipv4, ipv6 }) => sum + ipv4.length + ipv6.length, 0);
  return { classes: found.classes, ranges, octets, milliseconds: performance.now() - began };
}
