using MudBlazor;

namespace Godwit.Hub.Web.Layout;

/// <summary>Godwit's colours, light and dark; every pair of text and ground has a contrast of at least 4.5.</summary>
internal static class Colours
{
    private static readonly string[] Fonts = ["Inter", "system-ui", "sans-serif"];

    internal static MudTheme Theme { get; } =
        new()
        {
            PaletteLight = new PaletteLight
            {
                Primary = "#0b6478",
                Secondary = "#a84d12",
                Tertiary = "#4b5fa8",
                Success = "#1a7446",
                Warning = "#8f5a00",
                Error = "#b3261e",
                Info = "#1f5f9e",
                Background = "#f4f6f8",
                Surface = "#ffffff",
                AppbarBackground = "#ffffff",
                AppbarText = "#17252e",
                DrawerBackground = "#ffffff",
                DrawerText = "#33444f",
                DrawerIcon = "#4a5d69",
                TextPrimary = "#17252e",
                TextSecondary = "#50626d",
                ActionDefault = "#50626d",
                LinesDefault = "#dce3e8",
                LinesInputs = "#8496a1",
                Divider = "#dce3e8",
                TableLines = "#e6ebef",
            },
            PaletteDark = new PaletteDark
            {
                Primary = "#5ec3d8",
                PrimaryContrastText = "#06222a",
                Secondary = "#f0a36b",
                SecondaryContrastText = "#2b1403",
                Tertiary = "#a3b3f2",
                TertiaryContrastText = "#0d1433",
                Success = "#6dd09d",
                SuccessContrastText = "#062415",
                Warning = "#eebd62",
                WarningContrastText = "#2b1d00",
                Error = "#ff9c94",
                ErrorContrastText = "#3a0a07",
                Info = "#8cc4f7",
                InfoContrastText = "#06233d",
                Background = "#10171c",
                BackgroundGray = "#141d23",
                Surface = "#182229",
                AppbarBackground = "#182229",
                AppbarText = "#e8eef2",
                DrawerBackground = "#182229",
                DrawerText = "#c6d2da",
                DrawerIcon = "#a9bac4",
                TextPrimary = "#e8eef2",
                TextSecondary = "#a9bac4",
                ActionDefault = "#a9bac4",
                LinesDefault = "#2c3a43",
                LinesInputs = "#72868f",
                Divider = "#2c3a43",
                TableLines = "#25323a",
            },
            Typography = new Typography
            {
                Default = new DefaultTypography { FontFamily = Fonts, FontSize = "0.9rem" },
                H1 = new H1Typography
                {
                    FontFamily = Fonts,
                    FontSize = "1.65rem",
                    FontWeight = "650",
                },
                H2 = new H2Typography
                {
                    FontFamily = Fonts,
                    FontSize = "1.15rem",
                    FontWeight = "620",
                },
                H3 = new H3Typography
                {
                    FontFamily = Fonts,
                    FontSize = "1rem",
                    FontWeight = "620",
                },
                Button = new ButtonTypography
                {
                    FontFamily = Fonts,
                    TextTransform = "none",
                    FontWeight = "600",
                },
            },
            LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "248px" },
        };
}
