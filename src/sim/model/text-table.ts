/** The texts that a model's metrics have, each with its number and its JSON. Devices remember numbers only. */

/** Commands may set any text; a fleet that is told more different ones than these is being tested for something else. */
const TEXTS_MAX = 100_000;

export class TextTable {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #json: Buffer[] = [];

  /** The number of a text; undefined when there is no place for another one. */
  numberOf(text: string): number | undefined {
    const known = this.#numbers.get(text);
    if (known !== undefined || this.#texts.length >= TEXTS_MAX) return known;
    const number = this.#texts.length;
    this.#numbers.set(text, number);
    this.#texts.push(text);
    this.#json.push(Buffer.from(JSON.stringify(text)));
    return number;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? '';
  }

  jsonOf(number: number): Buffer | undefined {
    return this.#json[number];
  }
}
