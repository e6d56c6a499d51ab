/** The shape of guards in network.yaml: what keeps automatic changes from making a bad day worse. */
import * as z from 'zod';
import { duration } from './duration.ts';

const SECOND = 1000;
const penalty = z.number().min(1).max(1_000_000);

const exceeded = (usual: 'refuse' | 'warn') =>
  z.enum(['refuse', 'warn']).default(usual).describe('Whether files that go beyond it are refused, or warned of');

const share = z.number().min(1).max(100).default(25);

/** @param suppress its default @param reuse its default */
const damping = (suppress: number, reuse: number) =>
  z.strictObject({
    enabled: z.boolean().default(true).describe('Whether what comes and goes has to wait'),
    half_life: duration(SECOND)
      .prefault('15m')
      .describe('In this time a penalty halves')
      .meta({ examples: ['15m'] }),
    suppress: penalty
      .default(suppress)
      .describe('From this penalty on it has to wait; each time counts 1000')
      .meta({ examples: [suppress] }),
    reuse: penalty
      .default(reuse)
      .describe('Down to this penalty it has to')
      .meta({ examples: [reuse] }),
    maximum: duration(SECOND)
      .prefault('1h')
      .describe('The longest wait, from the last time')
      .meta({ examples: ['1h'] }),
  });

export const guardsSchema = z
  .strictObject({
    damping: damping(1500, 750)
      .prefault({})
      .describe('Hosts do not come back to a target that comes and goes, nor again and again'),
    host_damping: damping(5000, 2500)
      .prefault({})
      .describe('Operators and their scripts do not move the same hosts again and again'),
    dwell: duration(0)
      .prefault('0s')
      .describe('After an automatic change, nothing calls its hosts back for so long; 0 for no wait')
      .meta({ examples: ['5m'] }),
    rpki: z
      .boolean()
      .default(true)
      .describe('Groups whose prefix the feed of RPKI finds invalid take no hosts; of one without ROA it is warned'),
    announcement: z
      .boolean()
      .default(true)
      .describe('Groups whose prefix the feed of announcements sees nowhere take no hosts'),
    prefix_limit: z
      .strictObject({
        headroom: z
          .number()
          .min(0)
          .max(100)
          .default(10)
          .describe('Percent of a limit that should be left; it is warned when less is')
          .meta({ examples: [10] }),
        exceeded: exceeded('refuse'),
      })
      .prefault({})
      .describe('What groups announce at a site fits into the limits of its sessions'),
    ecmp: z
      .strictObject({ exceeded: exceeded('warn') })
      .prefault({})
      .describe('VIPs have no more next hops than routers use'),
    blast_radius: z
      .strictObject({
        hosts: share.describe('Percent of all hosts, for each family apart').meta({ examples: [25] }),
        queries: share.describe('Percent of all queries lately, for each family apart').meta({ examples: [25] }),
        interval: duration(SECOND)
          .prefault('10m')
          .describe('Within this time')
          .meta({ examples: ['10m'] }),
        leave_dead: z
          .boolean()
          .default(true)
          .describe('Hosts leave dead targets at once all the same, and that does not count'),
      })
      .optional()
      .describe('At most so much changes its group by automatic decisions; the rest waits. No limit when left out'),
    capacity: z.boolean().default(true).describe('Moves that would put a link over its high watermark are refused'),
  })
  .describe('What keeps automatic changes from making a bad day worse');

export type GuardsFile = z.output<typeof guardsSchema>;
