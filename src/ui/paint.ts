/** Colours text for a terminal, or leaves it as it is; whoever opens the screen decides which. */
export type Paint = (tone: 'good' | 'warning' | 'bad' | 'dim' | 'strong', text: string) => string;
