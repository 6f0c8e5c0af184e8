import { concatBytes, fromHex, toHex, u16, u32 } from '../../src/base/bytes.js';
import { byteAt, insist, noData, refuse, status, u16At, u32At, type CardCommand } from './apdu.js';
import type { IoBuffer } from './io-buffer.js';
import { isGranted, raIdentity, type Identities } from './identities.js';
import { Memory, type Block } from './memory.js';

interface StoredObject {
  readonly id: number;
  /** Identities that may read, write and delete: 3 × u16. */
  readonly acl: Uint8Array;
  readonly content: Uint8Array;
  readonly block: Block;
}

export interface ObjectsState {
  readonly memorySize: number;
  readonly free: readonly Block[];
  /** Newest first. */
  readonly objects: readonly {
    readonly id: number;
    readonly acl: string;
    readonly content: string;
    readonly block: Block;
  }[];
  readonly listed: boolean;
}

const headerSize = 14;
const ioBufferIds: readonly number[] = [0xffffffff, 0xfffffffe];
const right = { read: 0, write: 2, delete: 4 } as const;

/** The applet's objects: bytes under a 4-byte id, each with its own access rights. */
export class Objects {
  private readonly memory: Memory;
  private objects: StoredObject[];
  /** Where LIST OBJECTS goes on; an applet that was never asked for the first one starts elsewhere. */
  private next: StoredObject | 'never-listed' | 'lost' | 'end';

  public constructor(
    private readonly ioBuffer: IoBuffer,
    memorySize: number,
    state?: ObjectsState,
  ) {
    this.memory = new Memory(memorySize, state?.free);
    this.objects = (state?.objects ?? []).map(({ id, acl, content, block }) => ({
      id,
      acl: fromHex(acl),
      content: fromHex(content),
      block,
    }));
    this.next = state?.listed === true ? 'end' : 'never-listed';
  }

  public get memorySize(): number {
    return this.memory.size;
  }

  public get freeMemory(): number {
    return this.memory.free;
  }

  public toState(): ObjectsState {
    return {
      memorySize: this.memory.size,
      free: this.memory.freeBlocks,
      objects: this.objects.map(({ id, acl, content, block }) => ({
        id,
        acl: toHex(acl),
        content: toHex(content),
        block,
      })),
      listed: this.next !== 'never-listed',
    };
  }

  public list({ p1, p2, p3 }: CardCommand): Uint8Array {
    insist(p2 === 0, status.incorrectP2);
    insist(p3 >= 14 && p3 <= 0x7f, status.wrongLength);
    insist(p1 <= 1, status.incorrectP1);
    const current = p1 === 0 ? (this.objects[0] ?? 'end') : this.next;
    switch (current) {
      case 'never-listed':
        // The applet's iterator starts at the free list, not at an object, and then runs out of the memory.
        this.next = 'lost';
        return concatBytes(u32(0xffff0000), new Uint8Array(10));
      case 'lost':
        return refuse(status.uncaught);
      case 'end':
        this.next = 'end';
        return refuse(status.sequenceEnd);
      default:
        this.next = this.objects[this.objects.indexOf(current) + 1] ?? 'end';
        return concatBytes(u32(current.id), u32(current.content.length), current.acl);
    }
  }

  /** `id4 size4 acl6`; over the secure channel an existing object is replaced. */
  public create({ p1, data }: CardCommand, identities: Identities, mayCreate: number): Uint8Array {
    insist(isGranted(mayCreate, identities), status.unauthorized);
    insist(data.length === headerSize, status.invalidParameter);
    insist(p1 === 0, status.incorrectP1);
    const id = u32At(data, 0);
    const size = u32At(data, 4);
    insist(size < 0x8000, status.noMemory);
    insist(size > 0, status.invalidParameter);
    if (ioBufferIds.includes(id)) return this.ioBuffer.create(size);
    const existing = this.find(id);
    if (existing !== undefined) {
      insist(isGranted(raIdentity, identities), status.objectExists);
      this.remove(existing);
    }
    const block = this.memory.allocate(size + headerSize);
    insist(block !== undefined, status.noMemory);
    this.objects.unshift({ id, acl: data.slice(8, 14), content: new Uint8Array(size), block });
    return noData;
  }

  /** `id4` */
  public delete({ p1, p2, data }: CardCommand, identities: Identities): Uint8Array {
    insist(p1 === 0, status.incorrectP1);
    insist(p2 <= 1, status.incorrectP2);
    insist(data.length === 4, status.invalidParameter);
    const id = u32At(data, 0);
    if (ioBufferIds.includes(id)) return this.ioBuffer.empty();
    const object = this.existing(id);
    this.authorize(object, right.delete, identities);
    this.remove(object);
    return noData;
  }

  /** `id4 offset4 length1`; the offset's upper half does not count. */
  public read({ p1, p2, data }: CardCommand, identities: Identities): Uint8Array {
    insist(p1 === 0, status.incorrectP1);
    insist(p2 === 0, status.incorrectP2);
    insist(data.length === 9, status.invalidParameter);
    const id = u32At(data, 0);
    const offset = u16At(data, 6);
    const length = byteAt(data, 8);
    insist(offset < 0x8000, status.invalidParameter);
    if (ioBufferIds.includes(id)) return this.ioBuffer.read(offset, length);
    const object = this.existing(id);
    this.authorize(object, right.read, identities);
    insist(offset + length <= object.content.length, status.invalidParameter);
    return object.content.slice(offset, offset + length);
  }

  /** `id4 offset4 length1 data` */
  public write({ p1, p2, data }: CardCommand, identities: Identities): Uint8Array {
    insist(p1 === 0, status.incorrectP1);
    insist(p2 === 0, status.incorrectP2);
    const id = u32At(data, 0);
    const offset = u16At(data, 6);
    const bytes = new Uint8Array(byteAt(data, 8));
    bytes.set(data.subarray(9, 9 + bytes.length));
    insist(offset < 0x8000, status.invalidParameter);
    if (ioBufferIds.includes(id)) return this.ioBuffer.write(offset, bytes);
    const object = this.existing(id);
    this.authorize(object, right.write, identities);
    insist(offset + bytes.length <= object.content.length, status.invalidParameter);
    object.content.set(bytes, offset);
    return noData;
  }

  /** The memory that a key is imported from, to be wiped afterwards. */
  public forImport(id: number, identities: Identities, wiped: boolean): Uint8Array {
    if (ioBufferIds.includes(id)) return this.ioBuffer.content;
    const object = this.existing(id);
    this.authorize(object, right.read, identities);
    if (wiped) this.authorize(object, right.write, identities);
    return object.content;
  }

  private find(id: number): StoredObject | undefined {
    return this.objects.find(object => object.id === id);
  }

  private existing(id: number): StoredObject {
    return this.find(id) ?? refuse(status.objectNotFound);
  }

  private authorize(object: StoredObject, offset: number, identities: Identities): void {
    insist(isGranted(u16At(object.acl, offset), identities), status.unauthorized);
  }

  private remove(object: StoredObject): void {
    this.objects = this.objects.filter(other => other !== object);
    this.memory.release(object.block);
  }
}

/** The three rights of an access control list. */
export function accessRights(read: number, write: number, use: number): Uint8Array {
  return concatBytes(u16(read), u16(write), u16(use));
}
