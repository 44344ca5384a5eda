import type { PolicyVersion } from '@freshet/registry'
import type { Logger } from './logger.ts'

/** The log lines of a process about its policy versions. */
export interface PolicyNotes {
  readonly onCurrent: (version: PolicyVersion) => void
  readonly onTrouble: (error: unknown) => void
}

/** Logs which version counts, and plainly if the file of the process is another one. */
export function policyNotes(logger: Logger, own: PolicyVersion): PolicyNotes {
  return {
    onCurrent({ registry: { version: pv }, hash }) {
      logger.info({ pv, hash }, 'policy version in force')
      if (hash === own.hash) return
      const file = { pv: own.registry.version, hash: own.hash }
      logger.warn({ pv, hash, file }, 'FRESHET_REGISTRY holds another version than the active one')
    },
    onTrouble: (err) => logger.error({ err }, 'policy version is missing, will look again'),
  }
}
