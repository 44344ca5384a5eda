import { FreshetError } from '@freshet/protocol'
import { MemoryFaultError } from './memory-database.ts'

/** Translates a planned fault to the error that an adapter of a real database would report. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MemoryFaultError)) throw error
    throw new FreshetError('database.unavailable', 'The transaction failed.', { cause: error })
  }
}
