/** An amount in dollars, in cents, and finer where it is less than one. */
export function dollars(amount: number): string {
  return `$${amount.toFixed(amount >= 0.01 || amount === 0 ? 2 : 4)}`
}
