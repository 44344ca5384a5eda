export { errorsIn, finding, type Finding } from './finding.ts'
export { lintReadable, lintRegistry } from './lint-registry.ts'
export type { LintTerms, NamedPart, ReadableRegistry } from './readable-registry.ts'
export {
  registryRules,
  ruleFamilies,
  type FindingCode,
  type RuleEntry,
  type Severity,
} from './registry-rules.ts'
