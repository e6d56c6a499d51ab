import { Announcements } from './announcements/announcements.ts';
import type { Feed, Tell } from './feed.ts';
import type { FeedJob } from './jobs.ts';
import type { FeedData } from './messages.ts';
import { PolledFeed } from './polled-feed.ts';
import { Catchments } from './prometheus/catchment.ts';
import { Load } from './prometheus/load.ts';
import { JsonExport } from './rpki/json-export.ts';
import { RtrFeed } from './rpki/rtr/rtr-feed.ts';

/** The feed of a job, not started yet. */
export function openFeed(job: FeedJob, tell: Tell<FeedData[FeedJob['kind']]>): Feed<unknown> {
  const { timing } = job.feed;
  switch (job.kind) {
    case 'rpki': {
      const { from } = job.feed;
      if ('caches' in from) return new RtrFeed(from.caches, job.question, timing, tell);
      return new PolledFeed(new JsonExport(from, job.question), timing, tell);
    }
    case 'announcements':
      return new PolledFeed(new Announcements(job.feed.from, job.question), timing, tell);
    case 'load':
      return new PolledFeed(new Load(job.feed.from, job.feed, job.question), timing, tell);
    case 'catchment':
      return new PolledFeed(new Catchments(job.feed.from, job.feed.query, job.question), timing, tell);
  }
}
