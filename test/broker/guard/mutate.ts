/** xorshift32: the same mutations in each run. */
export function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Changes, inserts, removes or repeats a few bytes; mostly with the length put right afterwards. */
export function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  let mutant = Buffer.from(bytes);
  for (let rounds = 1 + random(3); rounds > 0; rounds--) {
    const at = random(mutant.length);
    const [before, after] = [mutant.subarray(0, at), mutant.subarray(at)];
    const kind = random(5);
    if (kind === 0) mutant[at] = mutant[at]! ^ (1 << random(8));
    else if (kind === 1) mutant[at] = [0, 1, 2, 0x7f, 0x80, 0xc0, 0xff][random(7)]!;
    else if (kind === 2) mutant = Buffer.concat([before, Buffer.from([random(256)]), after]);
    else if (kind === 3 && mutant.length > 2) mutant = Buffer.concat([before, after.subarray(1 + random(3))]);
    else mutant = Buffer.concat([mutant, after.subarray(0, 20)]);
    if (mutant.length < 2) mutant = Buffer.from([mutant[0] ?? 0xc0, 0]);
  }
  if (random(4) > 0 && mutant.length < 130) mutant[1] = mutant.length - 2;
  return mutant;
}
