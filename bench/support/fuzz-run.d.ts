import type {Dice, FuzzSession} from './packet-mutator.js';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface FuzzReport {
  readonly packets: number;
  readonly sessions: number;
  readonly probes: number;
  readonly slowestMs: number;
}

export function fuzz(options: {
  host?: string;
  port: number;
  wsPort: number;
  logins: readonly Login[];
  probe: Login;
  packets: number;
  seed: number;
  onSession?: (session: FuzzSession, state: {sent: number; sessions: number}) => void;
}): Promise<FuzzReport>;

export function runSession(
  target: {host: string; port: number; wsPort: number},
  session: Pick<FuzzSession, 'webSocket' | 'chunks'>,
  dice: Dice,
): Promise<void>;
