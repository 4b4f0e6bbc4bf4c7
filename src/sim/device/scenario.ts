/** A scenario: which devices there are, how they behave, and what goes wrong. Plain data; times in milliseconds. */
import type {JsonObject} from '../../domain/json.js';
import type {FaultSpec} from './faults/fault-spec.js';

export interface FleetSpec {
  /** Begins the ids of its devices. */
  readonly name: string;
  /** A model of the templates, or a file. */
  readonly model: string;
  readonly devices: number;
  /** A merge patch (RFC 7396) over the section `simulate` of the model. */
  readonly behaviour: JsonObject;
  /** Between two messages; the model's where nothing is said. */
  readonly intervalMs: number | undefined;
  /** 0 to 1; the model's where nothing is said. */
  readonly jitter: number | undefined;
  /** The first messages are spread over this time; over one interval where nothing is said. */
  readonly spreadMs: number | undefined;
  readonly qos: 0 | 1 | 2;
  /** Are readings kept while there is no connection, and sent afterwards? */
  readonly keepsReadings: boolean;
  readonly faults: readonly FaultSpec[];
}

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly fleets: readonly FleetSpec[];
  readonly thresholds: readonly string[];
}
