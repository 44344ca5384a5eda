import { notBuilt } from './not-built.ts'
import type { ChangeEnvelope } from './change-event.ts'

export function parseSetChange(json: unknown): ChangeEnvelope {
  return notBuilt(json)
}
