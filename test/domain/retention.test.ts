import {describe, expect, it} from 'vitest';
import {mergedRetention, NO_RETENTION} from '../../src/domain/retention.js';

describe('a retention policy', () => {
  it('keeps everything unless told otherwise, and what is not named as it is', () => {
    const first = mergedRetention(undefined, {raw: {archiveAfterDays: 7}});
    expect(first).toEqual({
      raw: {...NO_RETENTION, archiveAfterDays: 7},
      typed: NO_RETENTION,
      audit: {deleteAfterDays: null, bytesMax: null},
    });
    expect(mergedRetention(first, {raw: {deleteAfterDays: 30, archiveAfterDays: undefined}}).raw).toEqual({
      archiveAfterDays: 7,
      deleteAfterDays: 30,
      bytesMax: null,
    });
  });

  it('does not archive what would be deleted by then', () => {
    for (const raw of [
      {archiveAfterDays: 7, deleteAfterDays: 7},
      {archiveAfterDays: 7, deleteAfterDays: 1},
    ])
      expect(() => mergedRetention(undefined, {raw})).toThrow(
        expect.objectContaining({code: 'IOT_REQUEST_INVALID'}),
      );
  });
});
