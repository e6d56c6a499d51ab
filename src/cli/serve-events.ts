/** What happens in the server: to the log, with a stable `event` field, and to those who listen to the API's events. */
import { CHANNELS } from '../answer/counters.ts';
import type { EventStream } from '../api/event-stream.ts';
import { decisionView, moveView, timeText } from '../api/views.ts';
import { type MoveRecord, type MoveStatus, statusOf } from '../control/moves/record.ts';
import type { ServerEvents } from '../control/server-events.ts';
import { dnskeyRdata, keyTag } from '../dnssec/key.ts';
import { formatAddress } from '../net/address.ts';
import type { Logger } from '../telemetry/log.ts';
import { HEADER_SIZE } from '../wire/constants.ts';
import { formatName } from '../wire/name.ts';
import { rcodeText } from '../wire/rcode-text.ts';
import { mnemonicOf } from '../wire/rdata/index.ts';
import { formatDiagnostic } from '../zone/diagnostic.ts';
import { changeText } from './report.ts';
import { countDiagnostics } from './settings.ts';

export function serverEvents(
  log: Logger,
  stream: EventStream,
  committed: (milliseconds: number, ok: boolean) => void,
): ServerEvents {
  let first = true;
  return {
    loaded(result, generation) {
      for (const warning of result.warnings) log.warn({ event: 'zone_warning', ...warning }, formatDiagnostic(warning));
      const { lines: _, ...changes } = result.changes;
      const fields = {
        event: 'loaded',
        generation,
        milliseconds: Math.round(result.milliseconds),
        zones: result.zones.length,
        ...changes,
      };
      if (first) log.debug(fields, `loaded ${result.zones.length} zones`);
      else log.info({ ...fields, detail: changeText(result.changes) }, `reloaded in ${fields.milliseconds} ms`);
      first = false;
      stream.push('loaded', { generation, zones: result.zones.length, ...changes });
    },
    unchanged() {
      log.info({ event: 'unchanged' }, 'reload: nothing has changed');
    },
    rejected(result) {
      const detail = result.diagnostics.map(formatDiagnostic).join('\n');
      log.error(
        { event: 'reload_refused', errors: result.diagnostics.length, detail },
        `reload refused: ${countDiagnostics(result.diagnostics)}; the last good set is served on`,
      );
      stream.push('reload_refused', { errors: result.diagnostics.length, detail });
    },
    keysMade(zone, keys) {
      const tags = keys.map(({ key }) => keyTag(dnskeyRdata(key)));
      log.info(
        { event: 'keys_made', zone, tags, files: keys.map(({ file }) => file) },
        `made the keys of ${zone} (tag ${tags.join(', ')}); steerd dnssec ds ${zone} prints the DS for the parent zone`,
      );
    },
    keysChanged(zone, keys) {
      const tags = keys.map(({ key }) => keyTag(dnskeyRdata(key)));
      log.info(
        { event: 'keys_changed', zone, tags },
        `the key files of ${zone} have changed, and are used as they are now (tag ${tags.join(', ')})`,
      );
    },
    workerRestarted(worker, error) {
      log.error(
        { event: 'worker_restarted', worker, cause: error?.message },
        `worker ${worker} died (${error?.message ?? 'no reason given'}) and was replaced`,
      );
      stream.push('worker_restarted', { worker, cause: error?.message });
    },
    unsigned({ of, cause }) {
      const what = of === undefined ? 'something' : `${mnemonicOf(of.type)} of ${of.name}`;
      const fields = { name: of?.name, type: of && mnemonicOf(of.type), cause };
      log.error({ event: 'unsigned', ...fields }, `${what} can't be signed, so it is not answered: ${cause}`);
      stream.push('unsigned', fields);
    },
    moved(move) {
      const { id, kind, hosts, reason, author } = move;
      const status = statusOf(move, Date.now());
      log.info({ event: 'moved', move: id, kind, status, hosts, reason, author }, moveText(move, status));
      stream.push('move', moveView(move, Date.now()));
    },
    forced(key, to) {
      const { state = 'auto', reason = 'expired', author = 'steerd' } = to ?? {};
      log.info({ event: 'state', target: key, state, reason, author }, `${key} is ${state} (${author}: ${reason})`);
      const until = to?.expiresAt === undefined ? {} : { expires_at: timeText(to.expiresAt) };
      stream.push('state', { target: key, state, reason, author, ...until });
    },
    frozen(group, to, author, reason) {
      const what = group === undefined ? 'all automatic changes' : `automatic changes of ${group}`;
      const until = to === undefined ? {} : { until: timeText(to.until), leave_dead: to.leaveDead };
      const fields = { group: group ?? null, frozen: to !== undefined, author, reason, ...until };
      const text = to === undefined ? `${what} are free again` : `${what} are frozen until ${timeText(to.until)}`;
      log.warn({ event: 'freeze', ...fields }, `${text} (${author}: ${reason})`);
      stream.push('freeze', fields);
    },
    guarded(target, hold) {
      if (hold === undefined) {
        log.info({ event: 'guard', target, held: false }, `no guard holds ${target} any longer`);
        stream.push('guard', { target, held: false });
        return;
      }
      const { guard, cause } = hold;
      const fields = { target, held: true, guard, cause, until: timeText(hold.until) };
      log.warn(
        { event: 'guard', ...fields },
        `${target} counts ${hold.verdict.state} until ${fields.until} at least, by ${guard}: ${cause}`,
      );
      stream.push('guard', fields);
    },
    closed(route, closed) {
      const [group, family] = route.split('/');
      if (closed === undefined) {
        log.info({ event: 'guard', group, family, held: false }, `${group} takes hosts again (${family})`);
        stream.push('guard', { group, family, held: false });
        return;
      }
      for (const { guard, cause } of closed.by) {
        const fields = { group, family, held: true, guard, cause };
        log.warn({ event: 'guard', ...fields }, `${group} takes no new hosts by itself, by ${guard}: ${cause}`);
        stream.push('guard', fields);
      }
    },
    overloaded(key, overload) {
      const [link, direction] = key.split('/');
      if (overload === undefined) {
        log.info(
          { event: 'overload', link, direction, over: true },
          `${link} ${direction} carries no more than it may`,
        );
        stream.push('overload', { link, direction, over: true });
        return;
      }
      const { ratio, cause } = overload;
      const fields = { link, direction, over: false, ratio: Math.round(ratio * 1000) / 1000, cause };
      const percent = Math.round(ratio * 100);
      log.error(
        { event: 'overload', ...fields },
        `${link} ${direction} is at ${percent} %, and what is too much stays: ${cause}`,
      );
      stream.push('overload', fields);
    },
    passed({ group, family, hosts, guard, message }) {
      const fields = { group, family, hosts, guard, cause: message };
      const who = hosts === 1 ? '1 more host' : `${hosts} more hosts`;
      log.warn({ event: 'guard_passed', ...fields }, `files put ${who} into ${group} past ${guard}: ${message}`);
      stream.push('guard_passed', fields);
    },
    located({ classes, ranges, octets, milliseconds }) {
      const fields = {
        event: 'located',
        classes: Math.max(...classes.map(({ length }) => length)),
        ranges,
        octets,
        milliseconds: Math.round(milliseconds),
      };
      log.info(fields, `clients are in ${fields.classes} classes, by ${ranges} ranges of addresses`);
    },
    verdict({ target, before, after, first: isFirst }) {
      const { state, cause } = after;
      const fields = { event: 'verdict', target, state, before: before?.state, cause };
      // The first round after a start finds most targets as they were: a thousand lines that say nothing.
      if (isFirst && state === (before?.last ?? 'up')) {
        log.debug(fields, `${target} is ${state} (${cause})`);
        return;
      }
      if (state === 'up') log.info(fields, `${target} is up (${cause})`);
      // That nobody observes a target any longer is an alarm too.
      else log.warn(fields, `${target} is ${state} (${cause})`);
      stream.push('verdict', { target, state, before: before?.state, cause, since: timeText(after.since) });
    },
    certificate({ names, notAfter }) {
      const until = timeText(notAfter);
      log.info(
        { event: 'certificate', names, not_after: until },
        `DNS over TLS has another certificate, for ${names}, until ${until}`,
      );
    },
    cutOff(held) {
      if (held === undefined) log.info({ event: 'cut_off', held: false }, 'no longer cut off: verdicts count again');
      else
        log.error(
          { event: 'cut_off', held: true, cause: held.cause },
          `this server seems to be cut off, so nothing moves by itself: ${held.cause}`,
        );
      stream.push('cut_off', held === undefined ? { held: false } : { held: true, cause: held.cause });
    },
    checkerReplaced(cause) {
      log.error({ event: 'checker_replaced', cause }, `the thread that probes was replaced: ${cause}`);
      stream.push('checker_replaced', { cause });
    },
    feed({ feed, before, now: { state, why, observedAt } }) {
      const observed = observedAt === undefined ? {} : { observed_at: timeText(observedAt) };
      const fields = { feed, state, before, cause: why, ...observed };
      if (state === 'ok') log.info({ event: 'feed', ...fields }, `feed ${feed} is ok`);
      else {
        const holds = state === 'stale' ? 'nothing new is decided by it' : 'what it said last is used on';
        log[state === 'stale' ? 'error' : 'warn'](
          { event: 'feed', ...fields },
          `feed ${feed} is ${state}, so ${holds}: ${why}`,
        );
      }
      stream.push('feed', fields);
    },
    feedsReplaced(cause) {
      log.error({ event: 'feeds_replaced', cause }, `the thread that reads feeds was replaced: ${cause}`);
      stream.push('feeds_replaced', { cause });
    },
    route({ kind, group, family, site, message }, isOver) {
      const fields = { kind, group, family, ...(site === undefined ? {} : { site }), over: isOver, cause: message };
      if (isOver) log.info({ event: 'route', ...fields }, `no longer: ${message}`);
      else log.warn({ event: 'route', ...fields }, message);
      stream.push('route', fields);
    },
    query({ message, client, channel }) {
      const fields = { event: 'query', ...questionOf(message), client: formatAddress(client), ...CHANNELS[channel] };
      log.info(fields, `${fields.client} ${fields.name} ${fields.type} ${fields.rcode}`);
    },
    limited(by) {
      if (by === 'over') {
        log.info({ event: 'rate_limited', over: true }, 'replies are limited by rate no longer');
        stream.push('rate_limited', { over: true });
        return;
      }
      const { dropped, truncated, kinds, seconds } = by;
      const fields = { over: false, dropped, truncated, ...kinds, seconds };
      const of = Object.entries(kinds).map(([kind, count]) => `${count} of ${kind}`);
      const text = `replies are limited by rate: ${dropped} dropped and ${truncated} truncated in ${seconds} s (${of.join(', ')})`;
      log.warn({ event: 'rate_limited', ...fields }, text);
      stream.push('rate_limited', fields);
    },
    committed(milliseconds, ok, at) {
      committed(milliseconds, ok);
      if (ok) log.debug({ event: 'committed', milliseconds, at }, `commit in ${milliseconds.toFixed(2)} ms`);
    },
    transferable(zone, view, serial, records) {
      const fields = { zone, view, serial, owners: records };
      const as = view === 'steered' ? '' : ' as it is declared';
      log.info({ event: 'transferable', ...fields }, `${zone} is transferred${as} with serial ${serial}`);
      stream.push('transferable', fields);
    },
    notified(zone, serial, server, problem) {
      const fields = { zone, serial, server, ...(problem === undefined ? {} : { problem }) };
      if (problem === undefined)
        log.info({ event: 'notified', ...fields }, `${server} knows serial ${serial} of ${zone}`);
      else
        log.warn(
          { event: 'notified', ...fields },
          `${server} was not told of serial ${serial} of ${zone} (${problem}); it finds out when it asks`,
        );
      stream.push('notified', fields);
    },
    arrived(zone, { serial, before, kind, primary, octets, milliseconds }, problem) {
      const fields = { zone, serial, before, kind, primary, octets, milliseconds: Math.round(milliseconds) };
      if (problem === undefined) {
        const what = kind === 'whole' ? 'the whole zone' : 'changes';
        const text = `${zone} has serial ${serial} of ${primary} (${what}, ${octets} octets)`;
        log.info({ event: 'zone_arrived', ...fields }, text);
      } else
        log.error(
          { event: 'zone_arrived', ...fields, problem },
          `serial ${serial} of ${zone} from ${primary} can't be answered, so what came before is: ${problem}`,
        );
      stream.push('zone_arrived', problem === undefined ? fields : { ...fields, problem });
    },
    secondary(zone, { state, primary, serial, problem, expiresAt }, before) {
      const until = expiresAt === undefined ? {} : { expires_at: timeText(expiresAt) };
      const fields = { zone, state, before: before?.state, primary, serial, ...until, problem };
      const text = {
        waiting: `${zone} is waited for${problem === undefined ? '' : `: ${problem}`}`,
        current: `${zone} is as ${primary} has it (serial ${serial})`,
        failing: `${zone} is answered as it came last (serial ${serial}) until ${until.expires_at}: ${problem}`,
        expired: `${zone} is too old to be answered (serial ${serial}): ${problem ?? 'it is asked for'}`,
      }[state];
      const level = {
        waiting: problem === undefined ? 'info' : 'warn',
        current: 'info',
        failing: 'warn',
        expired: 'error',
      } as const;
      log[level[state]]({ event: 'secondary', ...fields }, text);
      stream.push('secondary', fields);
    },
    decided(decision) {
      const { service, policy, group, family, before, after, cause } = decision;
      const text = `${service} in ${group} (${policy}), ${family}: ${before} -> ${after}: ${cause}`;
      log.info({ event: 'decision', service, policy, group, family, before, after, cause }, text);
      stream.push('decision', decisionView(decision));
    },
    warning(message) {
      log.warn({ event: 'warning' }, message);
      stream.push('warning', { message });
    },
  };
}

/** `move 7: 12 hosts to europe, moving (by operator: maintenance)` */
function moveText({ id, kind, hosts, to, of, author, reason }: MoveRecord, status: MoveStatus): string {
  const where = to === undefined ? '' : ` to ${to}`;
  const what = of === undefined ? '' : ` of move ${of}`;
  return `${kind} ${id}${what}: ${hosts} ${hosts === 1 ? 'host' : 'hosts'}${where}, ${status} (${author}: ${reason})`;
}

/** What a reply says of itself (RFC 1035 §4.1): its question, and how it went. */
function questionOf(message: Uint8Array): {
  name: string;
  type: string;
  rcode: string;
  answers: number;
  octets: number;
} {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const rcode = rcodeText(message[3] & 15);
  const rest = { rcode, answers: view.getUint16(6), octets: message.length };
  if (view.getUint16(4) === 0) return { name: '-', type: '-', ...rest };
  let end = HEADER_SIZE;
  while (message[end] !== 0) end += message[end] + 1;
  return {
    name: formatName(message.subarray(HEADER_SIZE, end + 1)),
    type: mnemonicOf(view.getUint16(end + 1)),
    ...rest,
  };
}
