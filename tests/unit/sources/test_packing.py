from airflow_unifyweaver.sources.packing import packed_by_bytes, parts_of


def entries(*columns):
    return [{"encoding": "utf-8", "columns": names} for names in columns]


def recipe(file, start, stop):
    return {"file": file, "start": start, "stop": stop}


def test_files_are_packed_up_to_the_target():
    recipes = [recipe(number, 0, 40) for number in range(5)]
    assert list(packed_by_bytes(recipes, entries(*"aaaaa"), 100)) == [
        {"parts": recipes[:2]},
        {"parts": recipes[2:4]},
        recipes[4],
    ]


def test_parts_of_one_file_stay_apart():
    recipes = [recipe(0, 0, 100), recipe(0, 100, 130), recipe(1, 0, 50), recipe(1, 50, 60)]
    assert list(packed_by_bytes(recipes, entries(*"aa"), 100)) == [recipes[0], {"parts": recipes[1:3]}, recipes[3]]


def test_files_of_other_columns_are_not_packed_together():
    recipes = [recipe(number, 0, 10) for number in range(3)]
    assert list(packed_by_bytes(recipes, entries(*"aab"), 100)) == [{"parts": recipes[:2]}, recipes[2]]


def test_parts_of_a_recipe():
    assert parts_of(recipe(0, 0, 1)) == [recipe(0, 0, 1)]
    assert parts_of({"parts": [recipe(0, 0, 1), recipe(1, 0, 1)]}) == [recipe(0, 0, 1), recipe(1, 0, 1)]
