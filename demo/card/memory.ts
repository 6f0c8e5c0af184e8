/** A run of bytes of the object memory, its 2 bytes of length included. */
export interface Block {
  readonly offset: number;
  readonly size: number;
}

const lengthField = 2;
/** A free block holds its length and a link to the next one. */
const smallestBlock = 4;

/**
 * The applet's object memory: first fit from the lowest free block, taken from that block's upper end.
 * Each free block counts as its size less 2, so fragments cost 2 bytes each, as GET STATUS shows.
 */
export class Memory {
  /** By ascending offset; no two of them touch. */
  private blocks: Block[];

  public constructor(
    public readonly size: number,
    free?: readonly Block[],
  ) {
    this.blocks = free === undefined ? [{ offset: 0, size }] : [...free];
  }

  public get freeBlocks(): readonly Block[] {
    return this.blocks;
  }

  public get free(): number {
    return this.blocks.reduce((sum, block) => sum + block.size - lengthField, 0);
  }

  /** @returns undefined when no free block is large enough. */
  public allocate(bytes: number): Block | undefined {
    const wanted = Math.max(bytes + lengthField, smallestBlock);
    const index = this.blocks.findIndex(block => block.size >= wanted);
    const found = this.blocks[index];
    if (found === undefined) return undefined;
    const rest = found.size - wanted;
    if (rest < smallestBlock) {
      this.blocks.splice(index, 1);
      return found;
    }
    this.blocks[index] = { offset: found.offset, size: rest };
    return { offset: found.offset + rest, size: wanted };
  }

  public release(block: Block): void {
    const sorted = [...this.blocks, block].sort((a, b) => a.offset - b.offset);
    this.blocks = [];
    for (const next of sorted) {
      const last = this.blocks.at(-1);
      if (last !== undefined && last.offset + last.size === next.offset)
        this.blocks[this.blocks.length - 1] = { offset: last.offset, size: last.size + next.size };
      else this.blocks.push(next);
    }
  }
}
