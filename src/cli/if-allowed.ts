import {IotctlError} from '../domain/errors.js';

/** What is shown besides, to those who may see it: null for others. */
export async function ifAllowed<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof IotctlError && error.code === 'IOT_FORBIDDEN') return null;
    throw error;
  }
}
