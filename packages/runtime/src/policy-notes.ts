import type { PolicyVersion } from '@freshet/events'
import type { Logger } from './logger.ts'

/** What a process says of the policy versions that it goes by. */
export interface PolicyNotes {
  readonly onCurrent: (version: PolicyVersion) => void
  readonly onTrouble: (error: unknown) => void
}

/** Says which version counts, and plainly so where the file that the process was given is another. */
export function policyNotes(logger: Logger, own: PolicyVersion): PolicyNotes {
  return {
    onCurrent({ registry: { version: pv }, hash }) {
      logger.info({ pv, hash }, 'policy version in force')
      if (hash === own.hash) return
      const file = { pv: own.registry.version, hash: own.hash }
      logger.warn({ pv, hash, file }, 'the file of FRESHET_REGISTRY is another version: it waits')
    },
    onTrouble: (err) => logger.error({ err }, 'a policy version is missing'),
  }
}
