/** A change as the demo's sources send it. */
export interface DemoChange {
  readonly source: 'hr' | 'iga'
  readonly subject: string
  readonly claim: string
  readonly op: 'set' | 'add' | 'remove'
  readonly values: readonly string[]
}

/** What an edge is asked about a token: may it go where this group is required? */
export interface DemoQuestion {
  readonly token: string
  /** Absent: whatever the token carries is judged. */
  readonly group?: string
  /** Default: payments. */
  readonly audience?: string
}

/** The answer of an edge about a token. */
export interface DemoVerdict {
  readonly edge: string
  readonly decision: 'allow' | 'deny' | 'challenge'
  readonly verdict: string
  readonly reason?: string
  readonly change?: string
  /** The silent source of an unverified claim. */
  readonly source?: string
}

/** Routes of the protected application; `POST /wire` is of high risk. */
export type AppRoute = 'POST /approve' | 'POST /wire' | 'GET /report'

/** The progress of a change. */
export interface DemoProgress {
  readonly state: string
  readonly tokensMarked: number
  /** No more tokens become stale by it in the ledger. */
  readonly isMarked: boolean
  /** Stage, milliseconds since the change's commit, and the clock it was read from. */
  readonly steps: readonly DemoStep[]
}

export interface DemoStep {
  readonly stage: string
  readonly afterMs: number
  readonly clock: string
}

/** A running Freshet, as far as the story needs it. */
export interface DemoWorld {
  /** The parts that it runs on, in one line. */
  readonly kind: string
  /** Resolves when all sources have a current lease, every edge is live and the authority can mint. */
  ready(): Promise<void>
  /** Sends a signed change; resolves with its id once it was accepted. */
  send(change: DemoChange): Promise<string>
  progress(id: string): Promise<DemoProgress | undefined>
  mint(subject: string, audience: string): Promise<string>
  /** Edges that a change must reach: those that are asked, and the application's own. */
  readonly edges: number
  /** Every edge's answer to a question. */
  ask(question: DemoQuestion): Promise<readonly DemoVerdict[]>
  /** Status of a request to the protected application. */
  request(token: string, route: AppRoute): Promise<number>
  /** An application whose edge can be kept from applying revocations. */
  readonly late: {
    request(token: string, route: AppRoute): Promise<number>
    hold(): void
    letGo(): void
  }
  /** Resolves with whether the authority mints a token now. */
  mints(subject: string, audience: string): Promise<boolean>
  /** Ends the heartbeats of a source, and starts them again. */
  hush(source: 'hr'): Promise<void>
  wake(source: 'hr'): Promise<void>
  /** Resolves with what a cut-off of the client that has the tokens would touch. */
  cutOffReach(): Promise<{ readonly tokens: number; readonly subjects: number }>
  /** Cuts that client off; resolves when it was accepted. */
  cutOff(): Promise<void>
  killReconciler(): Promise<void>
  startReconciler(): Promise<void>
  stop(): Promise<void>
}
