import { registryRules, type FindingCode, type Severity } from './registry-rules.ts'

/** One place of a registry that breaks a rule of {@link registryRules}. */
export interface Finding {
  /** Stable name of the rule. */
  readonly code: FindingCode
  readonly severity: Severity
  /** JSON pointer into the registry file. */
  readonly place: string
  /** The fault; it names parts of the file, never a key, a secret or a claim value. */
  readonly message: string
  /** The correction, as an instruction. */
  readonly fix: string
}

/** @internal A finding of a rule, with the severity that the rule has. */
export function finding(
  code: FindingCode,
  place: string,
  text: { readonly message: string; readonly fix: string },
): Finding {
  return { code, severity: registryRules[code].severity, place, ...text }
}

/** The findings that keep a registry from being used. */
export function errorsIn<F extends Finding>(findings: readonly F[]): readonly F[] {
  return findings.filter(({ severity }) => severity === 'error')
}

/** @internal JSON pointer of a named part of the registry file. */
export function pointer(part: string, name: string): string {
  return `/${part}/${escaped(name)}`
}

/** @internal A name as a step of a JSON pointer. */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
