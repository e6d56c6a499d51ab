/** Health of targets: what checks see, what they saw before, and reports from outside. */
import * as z from 'zod';
import { audited } from '../../control/audit.ts';
import {
  type CheckHealth,
  referenceHealth,
  type TargetHealth,
  targetHealth,
} from '../../control/health/target-health.ts';
import { listChanges } from '../../control/health/verdict-log.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { checkReportRequest, healthReply, targetHealthReply, verdictChangeReply } from '../schemas/health.ts';
import { family, pageOf, pageQuery, problemReplies } from '../schemas.ts';
import { timeText } from '../views.ts';

const id = z.string().min(1).max(255);

export function healthRoutes(api: Api, { server }: ApiContext): void {
  api.get(
    '/health',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What checks see of each target, and whether this server takes itself to be cut off',
        description:
          'A check of a VIP that several sites serve reaches the site in whose catchment this server is, and says nothing of the others.',
        response: { 200: healthReply, ...problemReplies },
      },
    },
    async () => {
      const { held } = server.health.now;
      return {
        held: held === undefined ? null : { since: timeText(held.since), cause: held.cause },
        references: referenceHealth(server.health).map(checkBody),
        items: targetHealth(server.publisher, server.health).map(targetBody),
      };
    },
  );

  api.get(
    '/health/changes',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Changes of what checks see: newest first',
        querystring: pageQuery,
        response: { 200: pageOf(verdictChangeReply), ...problemReplies },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const found = await listChanges(server.store, limit + 1, after);
      const items = found.slice(0, limit).map(({ change }) => ({ ...change, at: timeText(change.at) }));
      return { items, ...(found.length > limit ? { next: found[limit - 1].key } : {}) };
    },
  );

  api.put(
    '/services/:service/checks/:check/:group/:family',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Report what a check of type push or manual finds of a target',
        params: z.object({ service: id, check: id, group: id, family }),
        body: checkReportRequest,
        response: { 200: targetHealthReply, ...problemReplies },
      },
    },
    async (request) => {
      const { params, body, principal } = request;
      const at = Date.now();
      const target = `${params.service}/${params.group}/${params.family}`;
      const result = body.state === 'up' ? ('ok' as const) : ('failed' as const);
      const until = body.expires_in === undefined ? {} : { until: at + body.expires_in * 1000 };
      const find = (): TargetHealth | undefined =>
        targetHealth(server.publisher, server.health).find(
          (each) => each.service === params.service && each.group === params.group && each.family === params.family,
        );
      const before = find()?.checks.find(({ check }) => check.id === params.check)?.state.said?.result;
      const entry = {
        at,
        author: principal.name,
        action: 'check-report',
        about: `${target} ${params.check} ${body.state}`,
        reason: body.reason,
      };
      const cause = `${body.reason} (${principal.name})`;
      // What is reported every few seconds is no news.
      const beside = before === result ? [] : [audited(entry)];
      await server.health.report(params, { at, result, cause, duration: 0, ...until }, beside);
      // The report has found its target, so it is there.
      return targetBody(find() as TargetHealth);
    },
  );
}

function targetBody(target: TargetHealth): z.input<typeof targetHealthReply> {
  const { service, group, family: of, address, sites, verdict, effective, forced, checks } = target;
  const { state, since, cause, changeAt, last, latched } = verdict;
  return {
    service,
    group,
    family: of,
    address,
    sites: [...sites],
    state,
    since: timeText(since),
    cause,
    ...(changeAt === undefined ? {} : { change_at: timeText(changeAt) }),
    ...(last === undefined ? {} : { last }),
    latched: latched === true,
    effective,
    forced,
    checks: checks.map(checkBody),
  };
}

function checkBody({ check, state }: CheckHealth): z.input<typeof targetHealthReply>['checks'][number] {
  const { last } = state;
  const seen =
    last === undefined
      ? null
      : {
          at: timeText(last.at),
          result: last.result,
          cause: last.cause,
          milliseconds: Math.round(last.duration * 100) / 100,
          ...(last.warning === undefined ? {} : { warning: last.warning }),
          ...(last.until === undefined ? {} : { until: timeText(last.until) }),
        };
  return { id: check.id, type: check.probe.type, state: state.state, cause: state.cause, last: seen };
}
