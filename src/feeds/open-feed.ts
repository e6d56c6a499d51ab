import type { Feed, Tell } from './feed.ts';
import type { FeedJob } from './jobs.ts';
import type { FeedData } from './messages.ts';
import { PolledFeed } from './polled-feed.ts';
import { JsonExport } from './rpki/json-export.ts';
import { RtrFeed } from './rpki/rtr/rtr-feed.ts';

/** The feed of a job, not started yet. */
export function openFeed(job: FeedJob, tell: Tell<FeedData[FeedJob['kind']]>): Feed<FeedData[FeedJob['kind']]> {
  const { feed, question } = job;
  const { from, timing } = feed;
  if ('caches' in from) return new RtrFeed(from.caches, question, timing, tell);
  return new PolledFeed(new JsonExport(from, question), timing, tell);
}
