/** Verbs that pages name and that another change is about to bring. Only ever gets shorter. */
export const ARRIVING_VERBS: readonly string[] = []
