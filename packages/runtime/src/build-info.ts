/** The release and the commit from which a program was built. */
export interface BuildInfo {
  readonly version: string
  /** The short hash of the commit, with `-dirty` behind it if files differed; `unknown` without a repository. */
  readonly commit: string
}

/** The bundler replaces this name (`infra/run/bundle.mjs`). Tests run the sources, which no bundler has read. */
declare const BUILD_OF_FRESHET: BuildInfo | undefined

/** The build of this program: at `/v1/version`, in `freshet_build_info`, in traces and in `/openapi.json`. */
export const BUILD: BuildInfo =
  typeof BUILD_OF_FRESHET === 'undefined'
    ? { version: '0.0.0-sources', commit: 'unknown' }
    : BUILD_OF_FRESHET
