using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Registry.Tests.DatabaseTests;

/// <summary>Whoever reads through kept statements reads what the driver would give.</summary>
public sealed class KeptStatementsTests
{
    private const string Tables = "CREATE TABLE t (i BIGINT, r DOUBLE, s TEXT, b BLOB, d DATE)";

    private static readonly object?[] values = [null, "", "海尔 €😀", "a\0b", new string('长', 5000), 0L, long.MinValue, long.MaxValue, 7, true, false, 0.25, Array.Empty<byte>(), new byte[] { 0, 255 }, new DateOnly(2026, 5, 1)];

    [Fact]
    public void A_value_goes_in_and_comes_out_as_with_the_driver()
    {
        List<object> Asked(DbConnection db, object? value)
        {
            if (db.State == System.Data.ConnectionState.Closed) db.Open();
            using var command = db.CreateCommand();
            command.CommandText = "SELECT @value, typeof(@value), length(@value), hex(@value)";
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("value", value ?? DBNull.Value); // without its sign, as Dapper gives it
            command.Parameters.Add(parameter);
            using var rows = command.ExecuteReader();
            var columns = Enumerable.Range(0, rows.FieldCount);
            List<object> seen = [rows.HasRows, .. columns.Select(rows.GetName), .. columns.Select(rows.GetFieldType), rows.Read(), .. columns.Select(rows.GetValue), .. columns.Select(rows.IsDBNull)];
            if (value is DateOnly) seen.Add(rows.GetFieldValue<DateOnly>(0));
            return [.. seen, rows.Read(), rows.NextResult()];
        }
        using var own = new KeptStatements("Data Source=:memory:");
        using var driver = new SqliteConnection("Data Source=:memory:");
        foreach (var value in values) Assert.Equal(Asked(driver, value), Asked(own, value));
    }

    [Fact]
    public void A_column_that_is_null_tells_the_type_it_was_declared_with()
    {
        List<Type> Types(DbConnection db)
        {
            Run(db, Tables);
            Run(db, "INSERT INTO t (i) VALUES (NULL)");
            using var command = db.CreateCommand();
            command.CommandText = "SELECT i, r, s, b, d FROM t";
            using var rows = command.ExecuteReader();
            return [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetFieldType)];
        }
        using var own = new KeptStatements("Data Source=:memory:");
        using var driver = new SqliteConnection("Data Source=:memory:");
        Assert.Equal(Types(driver), Types(own));
    }

    [Fact]
    public void A_text_is_prepared_once_whether_its_parameters_come_before_it_or_after()
    {
        using var kept = new KeptStatements("Data Source=:memory:");
        kept.Open();
        var (prepared, db) = (0, (DbConnection)kept);
        // SQLite asks whenever it prepares a text.
        raw.sqlite3_set_authorizer(kept.Handle, (object _, int _, string _, string _, string _, string _) => { prepared++; return raw.SQLITE_OK; }, null!);
        foreach (var before in (bool[])[true, false, true])
        {
            using var command = db.CreateCommand();
            if (!before) command.CommandText = "SELECT @value";
            command.Parameters.Add(new SqliteParameter("@value", before));
            if (before) command.CommandText = "SELECT @value";
            Assert.Equal(before ? 1L : 0L, command.ExecuteScalar());
        }
        Assert.Equal(1, prepared);
    }

    [Fact]
    public void What_is_forgotten_is_freed_at_once()
    {
        using var kept = new KeptStatements("Data Source=:memory:");
        kept.Open();
        kept.Handle!.enable_sqlite3_next_stmt(true);
        List<string> Prepared()
        {
            List<string> texts = [];
            for (var statement = raw.sqlite3_next_stmt(kept.Handle, null!); statement is not null; statement = raw.sqlite3_next_stmt(kept.Handle, statement)) texts.Add(raw.sqlite3_sql(statement).utf8_to_string());
            return texts;
        }
        Run(kept, "SELECT 'first'; SELECT 'second'");
        Assert.Contains(Prepared(), text => text.Contains("'second'"));
        for (var i = 0; i < 200; i++) Run(kept, $"SELECT {i}");
        Assert.DoesNotContain(Prepared(), text => text.Contains("'second'"));
    }

    [Fact]
    public void Rows_changed_are_counted_as_with_the_driver()
    {
        string[] changes = ["INSERT INTO t (i) VALUES (1), (2), (3)", "UPDATE t SET i = 9 WHERE i > 1", "UPDATE t SET i = 9 WHERE i = 7", "DELETE FROM t WHERE i = 9", "SELECT 1"];
        List<int> Counts(DbConnection db)
        {
            Run(db, Tables);
            return [.. changes.Select(change => Run(db, change))];
        }
        using var own = new KeptStatements("Data Source=:memory:");
        using var driver = new SqliteConnection("Data Source=:memory:");
        Assert.Equal(Counts(driver), Counts(own));
    }

    [Fact]
    public void An_error_is_told_with_its_code_and_the_next_run_is_not_hurt()
    {
        using var db = new KeptStatements("Data Source=:memory:");
        Run(db, "CREATE TABLE u (i BIGINT UNIQUE)");
        Run(db, "INSERT INTO u VALUES (1)");
        for (var i = 0; i < 2; i++) Assert.Equal(2067, Assert.Throws<SqliteException>(() => Run(db, "INSERT INTO u VALUES (1)")).SqliteExtendedErrorCode);
        Assert.Equal(1, Assert.Throws<SqliteException>(() => Run(db, "SELECT nothing")).SqliteErrorCode);
        Assert.Equal(1, Run(db, "INSERT INTO u VALUES (2)"));
    }

    [Fact]
    public void A_null_is_never_read_as_nought_or_as_an_empty_text()
    {
        using var db = new KeptStatements("Data Source=:memory:");
        db.Open();
        using var command = ((DbConnection)db).CreateCommand();
        command.CommandText = "SELECT NULL";
        using var rows = command.ExecuteReader();
        rows.Read();
        Assert.Throws<InvalidOperationException>(() => rows.GetInt64(0));
        Assert.Throws<InvalidOperationException>(() => rows.GetString(0));
        Assert.Throws<InvalidOperationException>(() => rows.GetFieldValue<DateOnly>(0));
    }

    [Fact]
    public void A_value_too_few_or_too_many_is_never_run_with_an_earlier_calls_value()
    {
        using var db = new KeptStatements("Data Source=:memory:");
        db.Open();
        const string two = "SELECT @one || @other";
        Assert.Equal("ab", db.Ask(two, row => row.GetString(0), "a", "b"));
        Assert.Throws<InvalidOperationException>(() => db.Ask(two, row => row.GetString(0), "c"));
        Assert.Throws<InvalidOperationException>(() => db.Ask(two, row => row.GetString(0)));
        Assert.Throws<InvalidOperationException>(() => db.Rows(two, row => row.GetString(0), "c", "d", "e"));
        Assert.Throws<InvalidOperationException>(() => db.Run("SELECT 1; SELECT 2"));
        Assert.Throws<InvalidOperationException>(() => db.Command(two, ("@one", "c")).ExecuteScalar());
        Assert.Throws<InvalidOperationException>(() => db.Command(two, ("@one", "c"), ("@other", "d"), ("@third", "e")).ExecuteScalar());
        Assert.Throws<InvalidOperationException>(() => db.Command(two, ("@one", "c"), ("@third", "e")).ExecuteScalar());
        Assert.Equal("cd", db.Ask(two, row => row.GetString(0), "c", "d"));
        Assert.Equal("dc", db.Command(two, ("other", "c"), ("@one", "d")).ExecuteScalar());
    }

    [Fact]
    public void A_statement_may_be_run_while_its_own_rows_are_read()
    {
        using var db = new KeptStatements("Data Source=:memory:");
        db.Open();
        const string text = "SELECT @from + value FROM json_each('[1,2,3]')";
        Assert.Equal([2 + 3 + 4, 3 + 4 + 5, 4 + 5 + 6], db.Rows(text, row => db.Rows(text, inner => inner.GetInt64(0), row.GetInt64(0)).Sum(), 0));
    }

    /// <summary>A file is free when its connection is closed, whoever forgot a command.</summary>
    [Fact]
    public void Nothing_holds_the_file_when_it_is_closed()
    {
        var file = Path.GetTempFileName();
        var db = new KeptStatements($"Data Source={file};Pooling=False");
        Run(db, "PRAGMA journal_mode=WAL");
        var command = ((DbConnection)db).CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master";
        Assert.Equal(0L, command.ExecuteScalar());
        Assert.True(File.Exists(file + "-shm"));
        db.Close();
        Assert.False(File.Exists(file + "-shm"));
        File.Delete(file);
    }

    private static int Run(DbConnection db, string text)
    {
        if (db.State == System.Data.ConnectionState.Closed) db.Open();
        using var command = db.CreateCommand();
        command.CommandText = text;
        return command.ExecuteNonQuery();
    }
}
