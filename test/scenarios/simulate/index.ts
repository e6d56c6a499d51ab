/** All scenarios, in the order they are told of. */
import type { Scenario } from '../../support/simulator/scenario.ts';
import { allDown } from './all-down.ts';
import { brownOut } from './brown-out.ts';
import { cutOff } from './cut-off.ts';
import { deadAnnouncer } from './dead-announcer.ts';
import { flapping } from './flapping.ts';
import { lostRoutes } from './lost-routes.ts';
import { moveTtl20 } from './move-ttl-20.ts';
import { peakLoss } from './peak-loss.ts';
import { seeSaw } from './see-saw.ts';
import { shares } from './shares.ts';
import { siteFailure } from './site-failure.ts';
import { slowDeath } from './slow-death.ts';
import { staleFeeds } from './stale-feeds.ts';
import { start } from './start.ts';
import { steps } from './steps.ts';
import { twoSites } from './two-sites.ts';
import { week } from './week.ts';

export const scenarios: readonly Scenario[] = [
  moveTtl20,
  siteFailure,
  cutOff,
  twoSites,
  allDown,
  flapping,
  brownOut,
  slowDeath,
  start,
  lostRoutes,
  deadAnnouncer,
  staleFeeds,
  peakLoss,
  seeSaw,
  shares,
  steps,
  week,
];
