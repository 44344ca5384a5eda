/** The pages at the root of the repository. */
export const ROOT_PAGES: readonly string[] = [
  'README.md',
  'ARCHITECTURE.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'STYLE.md',
  'CHANGELOG.md',
]
