/** Moves for people: what one did, and how far it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { answerSide, moveReply } from '../api/schemas/moves.ts';
import type { ApiClient } from './api-client.ts';
import { print, printJson } from './command.ts';
import { counted, tableText, when } from './table.ts';

type Move = z.output<typeof moveReply>;
type Side = z.output<typeof answerSide>;

const MOST_SHOWN = 20;
const BAR = 24;
const POLL_MS = 1000;

/** `move 7: 3 hosts to europe`, without the number for a dry run. */
function title({ id, kind, of, hosts, to, select, status }: Move): string {
  const where = to === undefined ? '' : ` to ${to}`;
  const waits = status === 'pending' && hosts === 0 && select !== undefined;
  const which = waits ? 'the hosts selected then' : counted(hosts, 'host');
  if (id === undefined) return `dry run: would move ${which}${where}`;
  return `${kind} ${id}${of === undefined ? '' : ` of move ${of}`}: ${which}${where}`;
}

export function printMove(move: Move): void {
  print(title(move));
  const rows = (move.changes ?? [])
    .slice(0, MOST_SHOWN)
    .flatMap(({ name, before, after }) =>
      before === undefined || after === undefined
        ? []
        : [[name, sideText(before, 'ipv4', after), sideText(before, 'ipv6', after)]],
    );
  if (rows.length > 0) print(tableText(['host', 'a', 'aaaa'], rows));
  if (move.hosts > rows.length && rows.length > 0)
    print(`… and ${move.hosts - rows.length} more (steerd moves ${move.id ?? 'ID'} --hosts)`);
  for (const { guard, refuses, message } of move.guards ?? [])
    print(`${guardWord(move, refuses)} ${guard}: ${message}`);
  print(move.id === undefined ? dryText(move) : lifeText(move));
}

/** What a guard's word comes to. */
function guardWord({ id }: Move, refuses: boolean): string {
  if (!refuses) return 'warning of';
  return id === undefined ? 'would be refused (unless forced) by' : 'forced past';
}

/** `192.0.2.64 -> 198.51.100.64`, or the one that stays. */
function sideText(before: Side, family: 'ipv4' | 'ipv6', after: Side): string {
  const from = before[family].address ?? '-';
  const to = after[family].address ?? '-';
  return from === to ? from : `${from} -> ${to}`;
}

/** What would come of a move that was only tried out. */
function dryText({ switch_at: switches, settles_at: settles, status }: Move): string {
  const begin =
    status === 'pending' ? `new answers would begin at ${when(switches ?? '')}` : 'new answers would begin at once';
  return `nothing was changed; ${begin}, and old ones run out by ${when(settles ?? '')}`;
}

/** Where in its life a move is, in a sentence. */
export function lifeText(move: Move): string {
  const {
    status,
    settles_at: settles,
    done_at: done,
    ended,
    at,
    switch_at: switches,
    expires_at: expires,
    problem,
  } = move;
  const until = expires === undefined || ended !== undefined ? '' : `; goes back at ${when(expires)}`;
  const why = problem === undefined ? '' : `; can't be executed yet: ${problem}`;
  switch (status) {
    case 'pending':
      if (switches === undefined) return `pending: begins at ${when(at ?? '')}${why}`;
      return `pending: a short TTL is served, new answers begin at ${when(switches)}${until}`;
    case 'moving':
      return `moving: new answers are served; old ones run out by ${when(settles ?? '')}, and the old VIPs must serve until ${when(done ?? '')}${until}`;
    case 'settling':
      return `settling: old answers have run out; the old VIPs must serve until ${when(done ?? '')}${until}`;
    case 'done':
      return `done since ${when(done ?? '')}${until}`;
    default:
      return `${status} at ${when(ended?.at ?? '')}${ended?.by === undefined ? '' : ` by move ${ended.by}`}`;
  }
}

/** `moving [########----------------]  33 %  40 s left  62 % of the former query rate asked again (213 sampled)` */
export function progressText(move: Move, now: number): string {
  const { progress, settles_at: settles } = move;
  if (progress === undefined) return lifeText(move);
  const filled = Math.round(progress.elapsed * BAR);
  const bar = '#'.repeat(filled) + '-'.repeat(BAR - filled);
  const left = Math.max(0, Math.ceil((Date.parse(settles ?? '') - now) / 1000));
  const asked =
    progress.asked_again === undefined
      ? 'too few queries seen for an estimate'
      : `${Math.round(progress.asked_again * 100)} % of the former query rate asked again (${progress.sampled} sampled)`;
  return `${move.status} [${bar}] ${String(Math.round(progress.elapsed * 100)).padStart(3)} %  ${left} s left  ${asked}`;
}

/** Shows a move until old answers have run out. */
export async function watchMove(api: ApiClient, id: number, json: boolean): Promise<void> {
  const live = process.stdout.isTTY && !json;
  let told = '';
  for (;;) {
    const move = (await api.get(`/v1/moves/${id}`)) as Move;
    const text = progressText(move, Date.now());
    const goesOn = move.status === 'pending' || move.status === 'moving';
    if (json) printJson(move);
    else if (live) process.stdout.write(`\r\x1b[K${text}`);
    // In a file or a pipe, only what is new is worth a line.
    else if (move.status !== told) print(text);
    told = move.status;
    if (!goesOn) {
      if (!json) print(`${live ? '\n' : ''}${lifeText(move)}`);
      return;
    }
    await sleep(POLL_MS);
  }
}
