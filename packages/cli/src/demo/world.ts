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
}

/** How far a change has come. */
export interface DemoProgress {
  readonly state: string
  readonly tokensMarked: number
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
  /** What it runs on, in one line. */
  readonly kind: string
  /** Resolves when the sources are heard, every edge is live and the authority can mint. */
  ready(): Promise<void>
  /** Sends a signed change; resolves with its id once it was accepted. */
  send(change: DemoChange): Promise<string>
  progress(id: string): Promise<DemoProgress | undefined>
  mint(subject: string, audience: string): Promise<string>
  /** Edges that a change must reach: those that are asked, and the application's own. */
  readonly edges: number
  /** Every edge's answer to a question. */
  ask(question: DemoQuestion): Promise<readonly DemoVerdict[]>
  /** Status of a request to the protected application: `POST /approve` or `GET /report`. */
  request(token: string, route: 'POST /approve' | 'GET /report'): Promise<number>
  killReconciler(): Promise<void>
  startReconciler(): Promise<void>
  stop(): Promise<void>
}
