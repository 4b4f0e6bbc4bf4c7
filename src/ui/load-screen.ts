/**
 * Loads ink and React, which nothing else than a live screen pays for. Both choose by NODE_ENV when they are loaded, and what they
 * are for developers is slower and keeps a record of every frame in memory.
 */
export async function loadScreen(): Promise<typeof import('./open-screen.js')> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    return await import('./open-screen.js');
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}
