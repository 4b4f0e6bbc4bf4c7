/** A device's firmware: an update is downloaded, applied and started, and each step is told. */
import type {FirmwareBehaviour} from '../model/behaviour.js';
import type {Chance} from './chance.js';
import type {DeviceHands} from './device-hands.js';

export type FirmwareState = 'success' | 'downloading' | 'applying' | 'failed';

const FAILED = 'the image could not be verified';
const PROPERTY = 'firmware.version';
const STATE = 'state';

export class DeviceFirmware {
  readonly #hands: DeviceHands;
  readonly #behaviour: FirmwareBehaviour;
  readonly #chance: Chance;
  #version: string;
  #state: FirmwareState = 'success';
  #running: string | undefined;
  #changed: (path: readonly string[], value: string) => void = () => undefined;

  constructor(hands: DeviceHands, behaviour: FirmwareBehaviour, chance: Chance) {
    this.#hands = hands;
    this.#behaviour = behaviour;
    this.#chance = chance;
    this.#version = behaviour.version;
  }

  get version(): string {
    return this.#version;
  }

  /** The desired property that asks for a version. */
  get propertyName(): string {
    return this.#behaviour.property ?? PROPERTY;
  }

  /** The command whose argument `version` asks for one. */
  get commandName(): string | undefined {
    return this.#behaviour.command;
  }

  onChange(changed: (path: readonly string[], value: string) => void): void {
    this.#changed = changed;
  }

  /** What is reported of it, by path. */
  state(): (readonly [path: readonly string[], value: string])[] {
    return [
      [this.#versionPath, this.#version],
      ...(this.#tellsState ? [[this.#statePath, this.#state] as const] : []),
    ];
  }

  /** `done` gets in words why it failed. A further wish while one is at work waits for nothing: the last one wins. */
  update(version: string, done: (failure: string | undefined) => void): void {
    this.#running = version;
    const {download, apply, fail} = this.#behaviour;
    const still = (step: () => void) => () => (this.#running === version ? step() : undefined);
    this.#become('downloading');
    this.#hands.later(
      this.#chance.delayMs(download),
      still(() => {
        this.#become('applying');
        this.#hands.later(
          this.#chance.delayMs(apply),
          still(() => this.#finish(version, this.#chance.happens(fail), done)),
        );
      }),
    );
  }

  #finish(version: string, failed: boolean, done: (failure: string | undefined) => void): void {
    this.#running = undefined;
    if (failed) {
      this.#become('failed');
      done(FAILED);
      return;
    }
    this.#version = version;
    this.#changed(this.#versionPath, version);
    this.#become('success');
    done(undefined);
    this.#hands.restart();
  }

  #become(state: FirmwareState): void {
    this.#state = state;
    const severity = state === 'failed' ? 'major' : 'info';
    this.#hands.say(
      `event/${severity}/firmware`,
      JSON.stringify({state, version: this.#running ?? this.#version}),
    );
    if (this.#tellsState) this.#changed(this.#statePath, state);
  }

  get #versionPath(): readonly string[] {
    return this.propertyName.split('.');
  }

  /** `firmware.state` beside `firmware.version`. */
  get #statePath(): readonly string[] {
    return [...this.#versionPath.slice(0, -1), STATE];
  }

  /** A model that describes its properties, and not this one, would have it marked as unknown. */
  get #tellsState(): boolean {
    const {properties} = this.#hands.spec;
    return properties === undefined || Object.hasOwn(properties, this.#statePath.join('.'));
  }
}
