using System.Data.Common;

namespace Registry;

/// <summary>Whole tables compared and carried over row by row.</summary>
public static class StoredTables
{
    /// <summary>The operator's own, which nodes hand to each other, and their primary keys.</summary>
    public static readonly (string Table, string Key)[] Operator = [("api_key", "id"), ("idempotency", "body, key"), ("mark_seed", "mark"), ("scan", "code"), ("report", "id"), ("watch", "id")];

    /// <summary>What the log does not make, and the order of its rows: the signed checkpoints with the witnesses' lines, and the operator's own.</summary>
    public static readonly (string Table, string Order)[] Kept = [("checkpoint", "size"), .. Operator];

    /// <summary>The first rows in which a table differs; null when every row is the same. On connections of <see cref="Location.OpenReadOnly"/>.</summary>
    public static (string One, string Other)? Difference(DbConnection one, DbConnection other, string table, string order)
    {
        using var left = Database.Rows(one, table, order).GetEnumerator();
        using var right = Database.Rows(other, table, order).GetEnumerator();
        while (true)
        {
            var (more, expected) = (left.MoveNext(), right.MoveNext());
            if (!more && !expected) return null;
            if (!more || !expected || left.Current != right.Current) return (more ? left.Current : "no row", expected ? right.Current : "no row");
        }
    }

    /// <summary>Makes the rows of a table those of another's: part of one transaction of the target.</summary>
    public static long Replace(DbConnection source, DbConnection target, string table)
    {
        using (var delete = target.CreateCommand())
        {
            delete.CommandText = $"DELETE FROM {table}";
            delete.ExecuteNonQuery();
        }
        using var select = source.CreateCommand();
        select.CommandText = $"SELECT * FROM {table}";
        using var rows = select.ExecuteReader();
        var names = Enumerable.Range(0, rows.FieldCount).Select(rows.GetName).ToArray();
        using var insert = target.CreateCommand();
        insert.CommandText = $"INSERT INTO {table} ({string.Join(", ", names)}) VALUES ({string.Join(", ", names.Select(name => "@" + name))})";
        var parameters = names.Select(name =>
        {
            var parameter = insert.CreateParameter();
            parameter.ParameterName = "@" + name;
            insert.Parameters.Add(parameter);
            return parameter;
        }).ToArray();
        long copied = 0;
        for (; rows.Read(); copied++)
        {
            for (var i = 0; i < names.Length; i++) parameters[i].Value = rows.GetValue(i);
            insert.ExecuteNonQuery();
        }
        return copied;
    }
}
