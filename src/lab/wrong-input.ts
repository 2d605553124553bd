// What the caller asked for does not exist or cannot be: another exit code than for a lab that fell short.

export type WrongInput = Error & { readonly isWrongInput: true }

export const wrongInput = (message: string, cause?: unknown): WrongInput =>
  Object.assign(new Error(message, { cause }), { isWrongInput: true as const })

export const isWrongInput = (error: unknown): error is WrongInput => error instanceof Error && 'isWrongInput' in error
