export interface Dice {
  below(limit: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
}

export interface FuzzSession {
  readonly webSocket: boolean;
  readonly chunks: readonly Buffer[];
  readonly packets: number;
}

export function random(seed: number): Dice;
export function fuzzSession(dice: Dice, logins: readonly {username: string; password: string}[]): FuzzSession;
export function webSocketFrame(payload: Buffer, dice: Dice): Buffer;
