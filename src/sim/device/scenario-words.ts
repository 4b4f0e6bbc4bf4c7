/** What a scenario does, in words. */
import type {Distribution} from '../model/behaviour.js';
import {readSimulation} from '../model/read-simulation.js';
import type {FaultSpec, Occurrence} from './faults/fault-spec.js';
import type {ModelledFleet} from './scenario-file.js';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
] as const;

/** `90s` rather than `1.5m`: as people would write it. */
export function durationText(ms: number): string {
  const [unitMs, unit] = UNITS.find(([size]) => ms >= size && ms % size === 0) ?? [1, 'ms'];
  return `${Math.round((ms / unitMs) * 100) / 100}${unit}`;
}

const percentText = (part: number): string => `${Math.round(part * 10_000) / 100}%`;

/** One sentence for each thing that devices of a fleet do. */
export function behaviourWords({fleet, spec}: ModelledFleet): string[] {
  const behaviour = readSimulation(spec).model!.behaviour;
  const {sleep, firmware, heartbeat, twin, commands} = behaviour;
  const intervalMs = fleet.intervalMs ?? behaviour.interval;
  const jitter = fleet.jitter ?? behaviour.jitter;
  return [
    ...(intervalMs === undefined
      ? []
      : [
          `a message every ${durationText(intervalMs)}${jitter > 0 ? ` ± ${percentText(jitter)}` : ''}, at QoS ${fleet.qos}`,
        ]),
    ...(heartbeat === undefined ? [] : [`a heartbeat every ${durationText(heartbeat)}`]),
    ...(sleep ? [`awake for ${delayText(sleep.awake)}, then asleep for ${delayText(sleep.asleep)}`] : []),
    ...(firmware ? [`firmware ${firmware.version}, which can be updated`] : []),
    ...(Object.keys(twin).length > 0 ? [`applies ${Object.keys(twin).join(', ')} of its twin`] : []),
    ...(Object.keys(spec.commands ?? {}).length > 0
      ? [
          `answers ${Object.keys(spec.commands!)
            .map(name => commandText(name, commands[name]))
            .join(', ')}`,
        ]
      : []),
  ];
}

function commandText(name: string, command?: {fail: number; silent: number}): string {
  const flaws = [
    ...(command && command.fail > 0 ? [`${percentText(command.fail)} fail`] : []),
    ...(command && command.silent > 0 ? [`${percentText(command.silent)} silent`] : []),
  ];
  return flaws.length > 0 ? `${name} (${flaws.join(', ')})` : name;
}

/** `stuck-value of temperature, twelve times an hour, for 20s, on 20% of the devices`. */
export function faultWords({
  fault,
  occurrence,
  forMs,
  fromMs,
  untilMs,
  share,
  metric,
  by,
  relative,
}: FaultSpec): string {
  return [
    `${fault}${metric === undefined ? '' : ` of ${metric}`}`,
    ...(by === 0 ? [] : [`by ${fault === 'clock-skew' ? signedText(by) : relative ? percentText(by) : by}`]),
    occurrenceText(occurrence),
    ...(forMs === 0 ? [] : [`for ${durationText(forMs)}`]),
    ...(fromMs === 0 ? [] : [`from ${durationText(fromMs)} on`]),
    ...(untilMs === undefined ? [] : [`until ${durationText(untilMs)}`]),
    ...(share === 1 ? [] : [`on ${percentText(share)} of the devices`]),
  ].join(', ');
}

const signedText = (ms: number): string => `${ms < 0 ? '-' : ''}${durationText(Math.abs(ms))}`;

function occurrenceText(occurrence: Occurrence): string {
  switch (occurrence.kind) {
    case 'rate':
      return `${Math.round(occurrence.perHour * 100) / 100} times an hour by chance`;
    case 'probability':
      return `${percentText(occurrence.probability)} of the messages`;
    case 'at':
      return `once, after ${durationText(occurrence.atMs)}`;
    case 'every':
      return `every ${durationText(occurrence.everyMs)}`;
  }
}

function delayText(distribution: Distribution): string {
  switch (distribution.shape) {
    case 'constant':
      return durationText(distribution.value);
    case 'uniform':
      return `${durationText(distribution.min)} to ${durationText(distribution.max)}`;
    case 'lognormal':
      return `about ${durationText(distribution.median)}`;
    default:
      return `about ${durationText(distribution.mean)}`;
  }
}
