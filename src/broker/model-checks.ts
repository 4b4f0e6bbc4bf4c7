/** Models of connected devices, ready to hold what they say against; and how often it did not fit. */
import {dataSchemaOf, type ModelRef, type ModelSpec} from '../domain/model.js';
import {reportedFaults} from '../domain/property-check.js';
import {TelemetryCheck} from '../domain/telemetry-check.js';
import {reportOf} from '../domain/twin-report.js';

/** Asks the registry; undefined for a version that is not there. A version never changes. */
export type LoadModel = (request: {tenant: string} & ModelRef) => Promise<ModelSpec | undefined>;

export interface ModelFault extends ModelRef {
  readonly tenant: string;
  /** `out-of-range:temperature`. */
  readonly fault: string;
  readonly count: number;
  readonly lastMs: number;
}

export interface ModelCheck {
  readonly dataSchema: string;
  /** Counts what does not fit, and gives it back: empty where all fits. */
  faultsOf(component: string, body: unknown, nowMs: number): readonly string[];
  /** The same for what a device reports of its twin. */
  propertyFaultsOf(body: unknown, nowMs: number): readonly string[];
}

/** Kept at once; beyond them the oldest is asked for again. */
const CHECKS_MAX = 1000;

/** Kinds of faults told at once; what comes on top is counted as `other`. */
const FAULTS_MAX = 1000;

export class ModelChecks {
  readonly #load: LoadModel;
  readonly #checks = new Map<string, ModelCheck>();
  #faults = new Map<string, ModelFault>();

  constructor(load: LoadModel) {
    this.#load = load;
  }

  /** Asks for those that are not here yet: before a device of that model says anything. */
  async prepare(tenant: string, refs: Iterable<ModelRef | undefined>): Promise<void> {
    const missing = new Map<string, ModelRef>();
    for (const ref of refs) {
      const key = ref && keyOf(tenant, ref);
      if (key !== undefined && !this.#checks.has(key)) missing.set(key, ref!);
    }
    await Promise.all([...missing].map(([key, ref]) => this.#prepare(key, tenant, ref)));
  }

  /** What is here by now; undefined where the model is not described. */
  of(tenant: string, ref: ModelRef | undefined): ModelCheck | undefined {
    return ref && this.#checks.get(keyOf(tenant, ref));
  }

  /** Since the last call. */
  takeFaults(): ModelFault[] {
    const faults = [...this.#faults.values()];
    this.#faults = new Map();
    return faults;
  }

  async #prepare(key: string, tenant: string, {name, version}: ModelRef): Promise<void> {
    const spec = await this.#load({tenant, name, version});
    if (!spec) return;
    if (this.#checks.size >= CHECKS_MAX) forgetOldest(this.#checks);
    const check = new TelemetryCheck(spec);
    const counted = (faults: readonly string[], nowMs: number): readonly string[] => {
      for (const fault of faults) this.#count({tenant, name, version, fault, count: 1, lastMs: nowMs});
      return faults;
    };
    this.#checks.set(key, {
      dataSchema: dataSchemaOf(tenant, {name, version}),
      faultsOf: (component, body, nowMs) => counted(check.faultsOf(component, body), nowMs),
      propertyFaultsOf: (body, nowMs) => counted(reportFaults(spec, body), nowMs),
    });
  }

  #count(one: ModelFault): void {
    const {tenant, lastMs} = one;
    const key = `${keyOf(tenant, one)}/${one.fault}`;
    const known = this.#faults.get(key);
    if (!known && this.#faults.size >= FAULTS_MAX) {
      if (one.fault !== 'other') this.#count({...one, fault: 'other'});
      return;
    }
    this.#faults.set(key, {...one, count: (known?.count ?? 0) + 1, lastMs});
  }
}

/** What is no report at all is refused where it would be applied. */
function reportFaults(spec: ModelSpec, body: unknown): string[] {
  const report = reportOf(body);
  return typeof report === 'string' ? [] : reportedFaults(spec, report.patch);
}

const keyOf = (tenant: string, {name, version}: ModelRef): string => `${tenant}/${name}@${version}`;

function forgetOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
