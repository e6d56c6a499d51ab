/** What runs stand on: the world as it is, the plan in it, what hangs on that plan, and where its traffic lands. Made once, for as many runs as one likes. */
import { type Prediction, predict } from '../load/predict.ts';
import { changedWeights, type TargetWeight, targetWeights, trafficOf } from '../load/traffic.ts';
import type { Plan, World } from '../model.ts';
import { type Direction, directions, isStale, loadKey } from '../network-data.ts';
import type { Decided } from '../redecide.ts';
import { step } from '../step.ts';
import { Footing, type Trouble } from './flows.ts';
import { type Forecast, Forecaster } from './forecast.ts';
import type { Outage } from './outage.ts';
import type { Scenario } from './scenario.ts';

/** A load that is measured now, and goes with its link's. */
export interface MeasuredLoad {
  readonly key: string;
  /** Index of the link. */
  readonly link: number;
  readonly direction: Direction;
  /** 1, or a family's part of the whole. */
  readonly part: number;
}

export class Ground {
  readonly scenario: Scenario;
  readonly decided: Decided;
  readonly footing: Footing;
  /** Loads of links as they are. */
  readonly present: Prediction['links'];
  /** What is answered badly as it is. */
  readonly trouble: Trouble;
  /** Loads that feeds go on to measure. */
  readonly measured: readonly MeasuredLoad[];
  readonly #forecaster: Forecaster;
  /** The one without failures. */
  #calm: Forecast | undefined;
  /** What hangs on each target as it is. */
  #weights: ReadonlyMap<string, TargetWeight> | undefined;

  /** @param live what is answered now, if a server answers */
  constructor(scenario: Scenario, live: Decided | undefined) {
    const { base, load, unheard } = scenario;
    this.scenario = scenario;
    this.decided = step(base, live);
    const { plan } = this.decided;
    this.footing = new Footing(base, plan);
    this.trouble = this.footing.troubleIn(plan, base.network, new Map());
    this.measured = measuredLoads(base);
    const traffic = trafficOf(base, plan);
    this.present = predict(traffic).links;
    this.#forecaster = new Forecaster(base, plan, traffic, load, unheard);
  }

  /** Where traffic lands once it has followed the answers of a plan. */
  forecast(plan: Plan, outage: Outage): Forecast {
    const isCalm = plan === this.decided.plan && outage.sites.size === 0 && outage.links.size === 0;
    if (isCalm && this.#calm !== undefined) return this.#calm;
    const found = this.#forecaster.under(this.weightsUnder(plan), outage);
    if (isCalm) this.#calm = found;
    return found;
  }

  /** What would hang on each target under a plan. Where sets have kept their numbers only those are looked at that are others: a single failure changes few. */
  weightsUnder(plan: Plan): ReadonlyMap<string, TargetWeight> {
    const { network } = this.scenario.changed;
    const { weights, plan: before } = this.footing;
    if (plan.rows !== before.rows) return targetWeights(network, plan, this.footing.weightsUnder(plan));
    this.#weights ??= targetWeights(network, before, weights);
    return plan === before ? this.#weights : changedWeights(network, { before, after: plan, weights }, this.#weights);
  }
}

/** All that are fresh. What is stale stays as it is. */
function measuredLoads({ network, data, now }: World): MeasuredLoad[] {
  return network.links.flatMap(({ id }, link) =>
    directions.flatMap((direction) => {
      const whole = data?.loads?.get(loadKey(id, direction));
      if (whole === undefined || isStale(whole, now)) return [];
      return [undefined, 'ipv4' as const, 'ipv6' as const].flatMap((family): MeasuredLoad[] => {
        const key = loadKey(id, direction, family);
        const reading = data?.loads?.get(key);
        if (reading === undefined) return [];
        const part = family === undefined ? 1 : whole.value > 0 ? reading.value / whole.value : 0;
        return [{ key, link, direction, part }];
      });
    }),
  );
}
