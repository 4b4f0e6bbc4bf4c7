/** Units: what a file has in one is uploaded in another. */
import {convert} from 'convert';
import {IotctlError} from '../../domain/errors.js';

export type Conversion = (value: number) => number;

/** More digits than any sensor has, and fewer than the arithmetic of doubles leaves behind. */
const DIGITS = 12;

const FORM = /^([^=]+)=([^:]+):(.+)$/;

type Unit = Parameters<typeof convert>[1];

/** `temperature=fahrenheit:celsius`, by metric. Throws `IOT_USAGE`. */
export function parseConversions(texts: readonly string[]): Map<string, Conversion> {
  return new Map(
    texts.map(text => {
      const [, metric, from, to] = FORM.exec(text) ?? [];
      if (metric === undefined)
        throw new IotctlError('IOT_USAGE', `--convert ${text}: write METRIC=FROM:TO, such as t=F:C`);
      return [metric, conversionOf(text, from!, to!)];
    }),
  );
}

function conversionOf(text: string, from: string, to: string): Conversion {
  const exact: Conversion = value => Number(convert(value, from as Unit).to(to as never));
  try {
    if (!Number.isFinite(exact(1))) throw new Error(`${from} is no ${to}`);
  } catch (error) {
    throw new IotctlError('IOT_USAGE', `--convert ${text}: ${(error as Error).message}`, {cause: error});
  }
  return value => Number(exact(value).toPrecision(DIGITS));
}
