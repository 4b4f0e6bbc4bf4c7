/** Prometheus' text format 0.0.4: name, labels, value. */
export function samplesOf(text: string): Map<string, number> {
  const samples = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map(line => {
      const {name, value} = /^(?<name>[a-z0-9_:]+(?:\{.*\})?) (?<value>\S+)$/.exec(line)!.groups!;
      return [name!, Number(value)];
    }),
  );
}
