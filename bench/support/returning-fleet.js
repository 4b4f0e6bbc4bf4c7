/**
 * Many devices that come back, as a process of its own. Reads JSON lines from stdin: first the options, then `{"mark":
 * true}`, which starts the measurement, or `{"cut": true}`, which does and cuts every connection. Prints a JSON line
 * when all are subscribed, and a report each time that all are back.
 */

import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {ReturningDevice} from './returning-device.js';

/** Connections opened at once before the measurement; the reconnect itself has no such limit. */
const OPENING_MAX = 200;

const now = () => Date.now();
const say = line => process.stdout.write(`${JSON.stringify(line)}\n`);

class ReturningFleet {
  #devices;
  #waiting;
  #subscribed = 0;
  #online = 0;
  #round;

  constructor({host, port, caFile, logins, filter, sourceAddresses}) {
    const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
    this.#devices = logins.map((login, index) => {
      const localAddress = `127.0.0.${2 + (index % sourceAddresses)}`;
      const device = new ReturningDevice(
        {host, port, localAddress, ca, login, filter},
        {
          online: answer => this.#onOnline(answer),
          subscribed: () => this.#onSubscribed(),
          refused: returnCode => this.#count(`CONNACK ${returnCode}`),
          failed: reason => this.#count(reason),
          lost: () => this.#onLost(),
        },
      );
      return device;
    });
    this.#waiting = [...this.#devices];
    for (let opened = 0; opened < OPENING_MAX; opened++) this.#waiting.pop()?.open();
  }

  mark() {
    this.#round = {firstLostMs: undefined, lost: 0, attemptsMs: [], backMs: [], failures: {}, newSessions: 0};
  }

  cut() {
    this.mark();
    for (const device of this.#devices) device.cut();
  }

  end() {
    for (const device of this.#devices) device.end();
  }

  #onSubscribed() {
    this.#subscribed++;
    this.#waiting.pop()?.open();
    if (this.#subscribed === this.#devices.length) say({subscribed: this.#subscribed});
  }

  #onOnline({attemptMs, sessionPresent}) {
    this.#online++;
    const round = this.#round;
    if (round === undefined) return;
    round.attemptsMs.push(attemptMs);
    round.backMs.push(now());
    if (!sessionPresent) round.newSessions++;
    if (this.#online === this.#devices.length && round.lost >= this.#devices.length) this.#report();
  }

  #onLost() {
    this.#online--;
    if (this.#round === undefined) return;
    this.#round.firstLostMs ??= now();
    this.#round.lost++;
  }

  #count(reason) {
    if (this.#round === undefined) say({refused: reason});
    else this.#round.failures[reason] = (this.#round.failures[reason] ?? 0) + 1;
  }

  #report() {
    const {firstLostMs, lost, attemptsMs, backMs, failures, newSessions} = this.#round;
    this.#round = undefined;
    const {user, system} = process.cpuUsage();
    say({
      back: {
        firstLostMs,
        firstBackMs: backMs[0],
        allBackMs: backMs.at(-1),
        connackMs: quantiles(attemptsMs),
        lostTwice: lost - this.#devices.length,
        newSessions,
        failures,
        cpuSec: (user + system) / 1e6,
      },
    });
  }
}

function quantiles(values) {
  const sorted = values.sort((a, b) => a - b);
  const at = part => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return {p50: at(0.5), p99: at(0.99), max: at(1)};
}

let fleet;
for await (const line of createInterface(process.stdin)) {
  const told = JSON.parse(line);
  if (fleet === undefined) fleet = new ReturningFleet(told);
  else if (told.mark) fleet.mark();
  else if (told.cut) fleet.cut();
}
fleet?.end();
process.exit();
