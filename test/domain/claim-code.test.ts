import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {newClaimCode, parseClaimCode, showClaimCode} from '../../src/domain/claim-code.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const codes = fc.constant(null).map(() => newClaimCode());
const symbols = fc.constantFrom(...ALPHABET.split(''));
const places = fc.nat(10);

const isCode = (text: string): boolean => {
  try {
    parseClaimCode(text);
    return true;
  } catch {
    return false;
  }
};

describe('a claim code', () => {
  it('is shown as XXXX-XXXX-XXC, and read as it was shown', () => {
    fc.assert(
      fc.property(codes, code => {
        expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{3}$/);
        expect(showClaimCode(parseClaimCode(code))).toBe(code);
      }),
    );
  });

  it('is read in any case, with O for 0, I and L for 1, and hyphens anywhere or nowhere', () => {
    const sloppy = (code: string, seed: number): string =>
      code
        .replaceAll('-', '')
        .split('')
        .map((symbol, index) => {
          const way = (seed >> index) & 3;
          if (symbol === '0') return ['0', 'O', 'o', '0'][way]!;
          if (symbol === '1') return ['1', 'I', 'l', 'L'][way]!;
          return way === 0 ? symbol.toLowerCase() : way === 1 ? ` ${symbol}-` : symbol;
        })
        .join('');
    fc.assert(
      fc.property(codes, fc.nat(), (code, seed) => {
        expect(parseClaimCode(sloppy(code, seed))).toBe(parseClaimCode(code));
      }),
    );
  });

  it('with one wrong symbol is always found out', () => {
    fc.assert(
      fc.property(codes, places, symbols, (code, place, symbol) => {
        const right = parseClaimCode(code);
        fc.pre(right[place] !== symbol);
        expect(isCode(right.slice(0, place) + symbol + right.slice(place + 1))).toBe(false);
      }),
      {numRuns: 1000},
    );
  });

  it('with two symbols that changed places is always found out', () => {
    fc.assert(
      fc.property(codes, places, places, (code, one, two) => {
        const swapped = parseClaimCode(code).split('');
        fc.pre(swapped[one] !== swapped[two]);
        [swapped[one], swapped[two]] = [swapped[two]!, swapped[one]!];
        expect(isCode(swapped.join(''))).toBe(false);
      }),
      {numRuns: 1000},
    );
  });

  it('is nothing else that somebody may send', () => {
    fc.assert(
      fc.property(fc.string({maxLength: 200}), text => {
        if (isCode(text)) expect(text.replaceAll(/[\s-]/g, '')).toHaveLength(11);
      }),
    );
    for (const text of ['', '-', 'UUUU-UUUU-UUU', `${newClaimCode()}0`, 'Ω'.repeat(11), '0'.repeat(10_000)])
      expect(isCode(text)).toBe(false);
  });

  it('is another one each time, and uses every symbol', () => {
    const many = Array.from({length: 2000}, () => newClaimCode());
    expect(new Set(many).size).toBe(2000);
    expect(new Set(many.join('').replaceAll('-', '')).size).toBe(32);
  });
});
