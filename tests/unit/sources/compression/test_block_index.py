from airflow_unifyweaver.sources.compression.block_index import GROUP_BYTES, LARGEST_BLOCK_BYTES, BlockIndex


def test_small_neighbours_are_one_block():
    half = GROUP_BYTES // 2
    index = BlockIndex.grouped([(10, half), (10, half), (10, 1), (10, GROUP_BYTES + 5), (28, 0)])
    assert index.packed == [0, 20, 30, 40, 68]
    assert index.content == [0, 2 * half, 2 * half + 1, 4 * half + 6, 4 * half + 6]


def test_parts_of_a_range():
    index = BlockIndex([0, 5, 9, 12, 20], [0, 10, 10, 30, 40])
    assert list(index.parts(3, 8)) == [(0, 3, 8)]
    assert list(index.parts(5, 35)) == [(0, 5, 10), (2, 0, 20), (3, 0, 5)]
    assert list(index.parts(10, 11)) == [(2, 0, 1)]
    assert list(index.parts(40, 40)) == []


def test_blocks_that_begin_at_a_bit():
    assert BlockIndex([32, 1001, 2000], [0, 5, 9], 8).packed_byte(1) == 125


def test_one_block_or_a_huge_one_is_not_split():
    assert not BlockIndex([0, 9], [0, 100]).can_be_split
    assert not BlockIndex([0, 9, 37], [0, 100, 100]).can_be_split
    assert BlockIndex([0, 9, 37], [0, 100, 101]).can_be_split
    assert not BlockIndex([0, 9, 37], [0, 1, LARGEST_BLOCK_BYTES + 2]).can_be_split


def test_an_index_is_json():
    index = BlockIndex([32, 1001], [0, 5], 8)
    assert BlockIndex.from_json(index.to_json()) == index
