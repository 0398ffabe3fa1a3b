/** An amount in dollars, with as many places as it needs to differ from nothing. */
export function dollars(amount: number): string {
  return `$${amount.toFixed(amount >= 0.1 || amount === 0 ? 2 : 4)}`
}
