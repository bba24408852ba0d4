# SPDX-License-Identifier: Apache-2.0
# Makes model_table.c of the tables in model/: awk -f model.awk aspects.tsv entities.tsv
# snapshots.tsv unions.tsv. Everything is sorted by byte order, for binary search.
BEGIN {
  FS = "\t"
}

FNR == 1 {
  table = FILENAME
  sub(/.*\//, "", table)
  sub(/\.tsv$/, "", table)
}

/^#/ || /^$/ {
  next
}

table == "aspects" {
  aspect[++aspects] = $2
  record_of[$2] = $1
  timeseries_of[$2] = ($3 == "timeseries")
}

table == "entities" {
  entity[++entities] = $1
  key_of[$1] = $2
  aspects_of[$1] = $3
}

table == "snapshots" {
  snapshot[++snapshots] = $1
  entity_of[$1] = $2
}

table == "unions" && $1 == "branch" {
  branch[++branches] = $2
}

table == "unions" && $1 == "field" {
  field[++fields] = $3 " " $2
}

table == "unions" && $1 == "map" {
  map[++maps] = $2
}

# Insertion sort: a few hundred words, and no more than POSIX awk.
function sort(words, count,    i, j, word) {
  for (i = 2; i <= count; i++) {
    word = words[i]
    for (j = i - 1; j > 0 && words[j] > word; j--)
      words[j + 1] = words[j]
    words[j + 1] = word
  }
}

function strings(name, words, count,    i) {
  sort(words, count)
  print "\nconst char *const " name "[] = {"
  for (i = 1; i <= count; i++)
    print "    \"" words[i] "\","
  print "};\nconst size_t " name "_count = " count ";"
}

END {
  print "/* SPDX-License-Identifier: Apache-2.0 */"
  print "/* Made by lib/metadata/model.awk of lib/metadata/model: make update-model. */"
  print "/* clang-format off */"
  print "#include \"metadata/model_table.h\""

  sort(aspect, aspects)
  print "\nconst dh_model_aspect dh_model_aspects[] = {"
  for (i = 1; i <= aspects; i++) {
    name = aspect[i]
    print "    {\"" name "\", \"" record_of[name] "\", " timeseries_of[name] "},"
    record[i] = record_of[name]
    index_of[record_of[name]] = i - 1
  }
  print "};\nconst size_t dh_model_aspects_count = " aspects ";"

  sort(record, aspects)
  print "\nconst uint16_t dh_model_by_record[] = {"
  for (i = 1; i <= aspects; i++)
    print "    " index_of[record[i]] ", /* " record[i] " */"
  print "};"

  sort(entity, entities)
  for (i = 1; i <= entities; i++) {
    count = split(aspects_of[entity[i]], own, ",")
    own[++count] = key_of[entity[i]]
    sort(own, count)
    print "\nstatic const char *const " entity[i] "_aspects[] = {"
    for (j = 1; j <= count; j++)
      print "    \"" own[j] "\","
    print "};"
    count_of[entity[i]] = count
  }
  print "\nconst dh_model_entity dh_model_entities[] = {"
  for (i = 1; i <= entities; i++) {
    name = entity[i]
    print "    {\"" name "\", \"" key_of[name] "\", " name "_aspects, " count_of[name] "},"
  }
  print "};\nconst size_t dh_model_entities_count = " entities ";"

  sort(snapshot, snapshots)
  print "\nconst dh_model_snapshot dh_model_snapshots[] = {"
  for (i = 1; i <= snapshots; i++)
    print "    {\"" snapshot[i] "\", \"" entity_of[snapshot[i]] "\"},"
  print "};\nconst size_t dh_model_snapshots_count = " snapshots ";"

  strings("dh_model_union_branches", branch, branches)
  strings("dh_model_union_fields", field, fields)
  strings("dh_model_maps", map, maps)
}
