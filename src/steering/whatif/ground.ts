/** What runs stand on: the world as it is, the plan in it, what hangs on that plan, and where its traffic lands. Made once, for as many runs as one likes. */
import { type Prediction, predict } from '../load/predict.ts';
import { targetWeights, trafficOf } from '../load/traffic.ts';
import type { Plan } from '../model.ts';
import type { Decided } from '../redecide.ts';
import { step } from '../step.ts';
import { Footing } from './flows.ts';
import { type Forecast, Forecaster } from './forecast.ts';
import type { Outage } from './outage.ts';
import type { Scenario } from './scenario.ts';

export class Ground {
  readonly scenario: Scenario;
  readonly decided: Decided;
  readonly footing: Footing;
  /** Loads of links as they are. */
  readonly present: Prediction['links'];
  readonly #forecaster: Forecaster;

  /** @param live what is answered now, if a server answers */
  constructor(scenario: Scenario, live: Decided | undefined) {
    const { base, load, unheard } = scenario;
    this.scenario = scenario;
    this.decided = step(base, live);
    const { plan } = this.decided;
    this.footing = new Footing(base, plan);
    this.present = predict(trafficOf(base, plan)).links;
    this.#forecaster = new Forecaster(base, plan, load, unheard);
  }

  /** Where traffic lands once it has followed the answers of a plan. */
  forecast(plan: Plan, outage: Outage): Forecast {
    const { network } = this.scenario.changed;
    return this.#forecaster.under(targetWeights(network, plan, this.footing.weightsUnder(plan)), outage);
  }
}
