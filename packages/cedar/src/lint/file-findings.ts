import { policySetTextToParts, validate, type DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import { finding, type Finding, type FindingCode } from '@freshet/registry/lint'
import { located } from './located.ts'

/** Findings of one kind in one file: what follows is mostly a consequence. */
const FINDINGS_MAX = 20

/** A policy file, and where the registry names it first. */
export interface PlacedFile {
  readonly path: string
  readonly place: string
  readonly text: string
  readonly schema: string
}

/** @internal What is wrong with a file of policies. */
export function fileFindings({ path, place, text, schema }: PlacedFile): readonly Finding[] {
  const all = (code: FindingCode, errors: readonly DetailedError[], fix: string) =>
    errors.slice(0, FINDINGS_MAX).map((error) => located(code, place, { path, text, error, fix }))
  const parts = policySetTextToParts(text)
  if (parts.type === 'failure')
    return all('policy.unreadable', parts.errors, 'correct the syntax there')
  if (parts.policy_templates.length > 0) return [template(path, place)]
  const checked = validate({ schema, policies: { staticPolicies: text } })
  if (checked.type === 'failure')
    return all('policy.unreadable', checked.errors, 'correct it there')
  const { validationErrors, validationWarnings, otherWarnings } = checked
  const errors = validationErrors.map(({ error }) => error)
  const warnings = [...validationWarnings.map(({ error }) => error), ...otherWarnings]
  return [
    ...all('policy.invalid', errors, 'correct the policy there'),
    ...all('policy.doubtful', warnings, 'correct the policy there, or leave it out'),
  ]
}

function template(path: string, place: string): Finding {
  const message = `${path}: holds a template, and nothing would be put into its slots`
  const fix = 'write the principal or resource in the place of the slot'
  return finding('policy.unreadable', place, { message, fix })
}
