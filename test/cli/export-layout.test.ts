import {describe, expect, it} from 'vitest';
import {parsePartitionBy, pathOf} from '../../src/cli/export/layout.js';

describe('the layout of an export', () => {
  const part = {table: 'readings', tenant: 'acme', day: '2026-11-01'};

  it.each([
    ['tenant,day', 'readings/tenant=acme/day=2026-11-01/data.parquet'],
    ['day,tenant', 'readings/day=2026-11-01/tenant=acme/data.parquet'],
    ['day', 'readings/day=2026-11-01/data.parquet'],
    ['tenant', 'readings/tenant=acme/2026-11-01.parquet'],
    ['none', 'readings/2026-11-01.parquet'],
  ])('by %s is %s', (by, path) => {
    expect(pathOf(part, parsePartitionBy(by), 'parquet')).toBe(path);
  });

  it('has no characters in it that a path cannot have', () => {
    expect(pathOf({...part, day: '0044-03-15 (BC)'}, ['day'], 'csv')).toBe(
      'readings/day=0044-03-15%20%28BC%29/data.csv',
    );
  });

  it.each(['', 'device', 'day,day', 'tenant,', 'none,day', '../x'])('is never by %j', by => {
    expect(() => parsePartitionBy(by)).toThrow(expect.objectContaining({code: 'IOT_USAGE'}));
  });
});
