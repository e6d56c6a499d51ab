/** The shape of guards in network.yaml: what keeps automatic changes from making a bad day worse. */
import * as z from 'zod';
import { duration } from './duration.ts';

const SECOND = 1000;
const penalty = z.number().min(1).max(1_000_000);

export const guardsSchema = z
  .strictObject({
    damping: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether what comes and goes has to wait'),
        half_life: duration(SECOND)
          .prefault('15m')
          .describe('In this time a penalty halves')
          .meta({ examples: ['15m'] }),
        suppress: penalty
          .default(1500)
          .describe('From this penalty on hosts do not come back; a failure counts 1000')
          .meta({ examples: [1500] }),
        reuse: penalty
          .default(750)
          .describe('Down to this penalty they do not')
          .meta({ examples: [750] }),
        maximum: duration(SECOND)
          .prefault('1h')
          .describe('The longest wait, from the last failure')
          .meta({ examples: ['1h'] }),
      })
      .prefault({})
      .describe('Hosts do not come back to a target that comes and goes, nor again and again'),
    dwell: duration(0)
      .prefault('0s')
      .describe('After an automatic change, nothing calls its hosts back for so long; 0 for no wait')
      .meta({ examples: ['5m'] }),
  })
  .describe('What keeps automatic changes from making a bad day worse');

export type GuardsFile = z.output<typeof guardsSchema>;
